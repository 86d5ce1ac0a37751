import { InvalidArgumentError, ShapeError } from '../../src/core/error.js';
import { displaySize } from '../../src/core/orientation.js';
import { parse } from '../../src/core/parse.js';
import { colorMatrices, isYuvFormat, type PixelFormat, pixelFormats } from '../../src/core/pixel-format.js';
import { type PreprocessSpecInput, preprocessSpecSchema } from '../../src/core/preprocess-spec.js';
import { warpSpecSchema } from '../../src/core/warp-spec.js';
import type { PicturePlan } from '../../src/kernels/picture-plan.js';
import { planWarp } from '../../src/kernels/warp-plan.js';
import { planTiles } from '../../src/preprocess/plan-tiles.js';
import { invertMapping } from '../../src/preprocess/warp-mapping.js';
import { orientations } from '../orientations.js';
import { drawFrame, type FrameParts, frameLayout, pictureId, pictureOf } from './picture-case.js';
import { randomNumbers } from './random-numbers.js';
import { turn } from './warp-cases.js';

/** A tensor and what fills it: one picture, or a batch of them, each by a plan of its own or by one and the same. */
export interface RandomCase {
  /** Everything that the case depends on, but for the px. */
  describe(): string;
  pictures: { plan: PicturePlan; source: Uint8Array }[];
}

/** No tensor of a case has more elements. */
export const mostElements = 3 * 160 * 160;

type BeforeInput = NonNullable<PreprocessSpecInput['before']>;

const formats = Object.keys(pixelFormats) as PixelFormat[];
const { filter, resize, align, rounding, layout, colorOrder, dataType } = preprocessSpecSchema.entries;
const borders = warpSpecSchema.entries.border.wrapped.options;
const mostTiles = 4;

// Px: most cases are small, so that there can be many, and a few are not.
const small = { source: 24, tensor: 32 };
const large = { source: 400, tensor: 160 };
const largeOneIn = 400;

/** Case number `index` of a seed, whatever was drawn before it. Undefined where plans refuse what was drawn, as they must for some. */
export function randomCase(seed: number, index: number): RandomCase | undefined {
  const draw = new Draw(seed, index);
  const most = draw.oneIn(largeOneIn) ? large : small;
  const frame = draw.frame(most.source);
  const kind = draw.upTo(32);
  try {
    if (kind <= 2) return drawWarp(draw, frame, most.tensor);
    if (kind === 3) return drawTiles(draw, frame, most.tensor);
    if (kind === 4) return drawBatch(draw, frame, most.tensor);
    return drawPictures(draw, frame, [{ ...draw.spec(frame.format, most.tensor), ...draw.region(frame) }]);
  } catch (error) {
    if (error instanceof InvalidArgumentError || error instanceof ShapeError) return undefined;
    throw error;
  }
}

function drawPictures(draw: Draw, frame: FrameParts, inputs: PreprocessSpecInput[]): RandomCase {
  const fill = draw.oneIn(8) ? draw.upTo(256) - 1 : 'random';
  const source = drawFrame(frameLayout(frame), fill, draw.next);
  const all = inputs.map((input) => ({ ...frame, spec: parse(preprocessSpecSchema, input, 'spec'), fill }) as const);
  const pictures = all.map((parts) => ({ plan: pictureOf(parts), source }));
  return { describe: () => all.map(pictureId).join('; '), pictures };
}

function drawTiles(draw: Draw, frame: FrameParts, most: number): RandomCase {
  const { width, height } = displaySize(frameLayout(frame));
  const size = { tileWidth: draw.upTo(width), tileHeight: draw.upTo(height) };
  const all = planTiles(width, height, { ...size, overlap: draw.upTo(Math.min(size.tileWidth, size.tileHeight)) - 1 });
  const tiles = all.filter((_, i) => i % Math.ceil(all.length / mostTiles) === 0);
  const spec = draw.spec(frame.format, Math.floor(most / 2));
  return drawPictures(
    draw,
    frame,
    tiles.map((region) => ({ ...spec, region })),
  );
}

function drawBatch(draw: Draw, frame: FrameParts, most: number): RandomCase {
  const { describe, pictures } = drawPictures(draw, frame, [draw.spec(frame.format, Math.floor(most / 2))]);
  const [{ plan }] = pictures;
  for (let i = draw.upTo(3); i > 0; i--) pictures.push({ plan, source: drawFrame(plan.source, 'random', draw.next) });
  return { describe: () => `${pictures.length} frames: ${describe()}`, pictures };
}

function drawWarp(draw: Draw, { stored, ...frame }: FrameParts, most: number): RandomCase {
  const [width, height] = [draw.upTo(most), draw.upTo(most)];
  const from: [number, number] = [frame.width, frame.height];
  const matrix = turn(from, [width, height], draw.unit() * 7, 2 ** (draw.unit() * 5 - 2), (draw.unit() - 0.5) * 40);
  // An affine one, or one whose w changes over the tensor, by so much at times that the horizon is in it.
  if (draw.oneIn(2)) for (const i of [6, 7]) matrix[i] = ((draw.unit() - 0.5) * matrix[0]) / 8 / draw.upTo(60);
  const input = { width, height, border: draw.oneOf(borders), ...draw.output(frame.format) };
  const spec = parse(warpSpecSchema, input, 'spec');
  const plan = planWarp(frameLayout(frame), spec);
  invertMapping(Float64Array.from(matrix), spec, plan.warp.mapping);
  const describe = () => `warp ${JSON.stringify(frame)} ${JSON.stringify(input)} [${matrix}]`;
  return { describe, pictures: [{ plan, source: drawFrame(plan.source, 'random', draw.next) }] };
}

/** What a case is drawn with. */
class Draw {
  readonly next: () => number;

  constructor(seed: number, index: number) {
    this.next = randomNumbers(Math.imul(seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca77));
  }

  upTo(most: number): number {
    return 1 + (this.next() % most);
  }

  oneOf<T>(list: readonly T[]): T {
    return list[this.next() % list.length];
  }

  oneIn(count: number): boolean {
    return this.next() % count === 0;
  }

  /** 0…1. */
  unit(): number {
    return this.next() / 2 ** 32;
  }

  frame(mostSide: number): FrameParts {
    const format = this.oneOf(formats);
    const size = { width: this.upTo(mostSide), height: this.upTo(mostSide) };
    const colors = isYuvFormat(format) && { matrix: this.oneOf(colorMatrices), fullRange: this.oneIn(2) };
    const stored = this.oneIn(4) && { stored: this.oneOf(orientations) };
    return { format, ...size, extra: this.oneIn(3) ? this.next() % 20 : 0, ...colors, ...stored };
  }

  region(frame: FrameParts): Pick<PreprocessSpecInput, 'region'> {
    if (!this.oneIn(3)) return {};
    const { width, height } = displaySize(frameLayout(frame));
    const [x, y] = [this.next() % width, this.next() % height];
    return { region: { x, y, width: this.upTo(width - x), height: this.upTo(height - y) } };
  }

  spec(format: PixelFormat, mostSide: number): PreprocessSpecInput {
    const resizing = this.oneOf(resize.wrapped.options);
    return {
      ...{ width: this.upTo(mostSide), height: this.upTo(mostSide), resize: resizing },
      ...(resizing === 'crop' && this.oneIn(3) && { shorterSide: this.upTo(2 * mostSide) }),
      ...(this.oneIn(10) && { before: this.#before() }),
      ...{ rotation: this.oneOf([0, 0, 90, 180, 270] as const), mirror: this.oneIn(4) },
      ...{ align: this.oneOf(align.wrapped.options), rounding: this.oneOf(rounding.wrapped.options) },
      filter: this.oneOf(filter.wrapped.options),
      ...this.output(format),
    };
  }

  /** What a spec says of the tensor's numbers, of a warp or not. */
  output(format: PixelFormat) {
    const type = this.oneOf(dataType.wrapped.options);
    const order = this.oneOf(colorOrder.wrapped.options);
    const quantised = type === 'int8' || (type === 'uint8' && this.oneIn(2));
    const values = (list: readonly number[]) =>
      order === 'gray' || this.oneIn(2) ? this.oneOf(list) : [this.oneOf(list), this.oneOf(list), this.oneOf(list)];
    const black = this.next() % 65000;
    return {
      ...{ dataType: type, colorOrder: order, layout: this.oneOf(layout.wrapped.options), pad: this.next() & 255 },
      ...(format === 'GRAY16' && this.oneIn(2) && { levels: [black, black + this.upTo(535)] as [number, number] }),
      ...((type !== 'uint8' || quantised) && {
        scale: values([1, 1 / 255, 1 / 127.5, 2 ** -24, 300, -1]),
        mean: values([0, 1, 0.5, 127.5, -0.2, 103.53]),
        std: values([1, 0.5, 57.375, 0.1, -2]),
      }),
      ...(quantised && {
        quantization: {
          scale: this.oneOf([1, 0.5, 2, 1 / 255, 0.0078125, 0.02, 1e-12, 1e12]),
          zeroPoint: (this.next() % 256) - (type === 'int8' ? 128 : 0),
        },
      }),
    };
  }

  #before(): BeforeInput {
    const learningRate = this.next() % 257;
    return this.oneOf<BeforeInput>([
      { median: 3 },
      { blur: { kind: 'box', size: this.oneOf([3, 5, 9]) } },
      { blur: { kind: 'gaussian', size: this.oneOf([3, 5, 7]) } },
      { tones: { gamma: this.oneOf([0.45, 2.2]) } },
      { tones: { stretch: [this.oneOf([0, 2]), this.oneOf([0, 30])] }, median: 3 },
      { background: { learningRate, threshold: this.upTo(255) }, blur: { kind: 'box', size: 3 } },
      { background: { learningRate, output: 'foreground', threshold: this.upTo(60) } },
    ]);
  }
}
