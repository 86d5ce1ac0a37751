import { InvalidArgumentError, ShapeError } from '../../src/core/error.js';
import { parse } from '../../src/core/parse.js';
import { colorMatrices, isYuvFormat, type PixelFormat, pixelFormats } from '../../src/core/pixel-format.js';
import { preprocessSpecSchema } from '../../src/core/preprocess-spec.js';
import { bytesPerElement, tensorArrays } from '../../src/core/tensor.js';
import type { Kernels } from '../../src/kernels/kernels.js';
import { loadKernels } from '../../src/kernels/load-kernels.node.js';
import { openPictureKernel } from '../../src/kernels/picture-kernel.js';
import { outputLength, type PictureCase, pictureCase, randomNumbers } from './kernels-cases.js';

const formats = Object.keys(pixelFormats) as PixelFormat[];
const { filter, resize, align, rounding, layout, colorOrder, dataType } = preprocessSpecSchema.entries;
const mostSourceSide = 24;
const mostSide = 32;

/**
 * Case number `index` of a seed, whatever was drawn before it: any format, size, spec and px. Undefined where the plan refuses
 * what was drawn, as it must for some.
 */
export function randomPicture(seed: number, index: number): PictureCase | undefined {
  const random = randomNumbers(Math.imul(seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca77));
  const upTo = (most: number) => 1 + (random() % most);
  const oneOf = <T>(list: readonly T[]): T => list[random() % list.length];
  const oneIn = (count: number) => random() % count === 0;
  const [width, height] = [upTo(mostSourceSide), upTo(mostSourceSide)];
  const format = oneOf(formats);
  const type = oneOf(dataType.wrapped.options);
  const whole = type === 'int8' || type === 'uint8';
  const quantised = type === 'int8' || (type === 'uint8' && oneIn(2));
  const order = oneOf(colorOrder.wrapped.options);
  const values = (list: readonly number[]) =>
    order === 'gray' || oneIn(2) ? oneOf(list) : [oneOf(list), oneOf(list), oneOf(list)];
  const normal = !(whole && !quantised) && {
    scale: values([1, 1 / 255, 1 / 127.5, 2 ** -24, 300, -1]),
    mean: values([0, 1, 0.5, 127.5, -0.2, 103.53]),
    std: values([1, 0.5, 57.375, 0.1, -2]),
  };
  const quantization = quantised && {
    quantization: {
      scale: oneOf([1, 0.5, 2, 1 / 255, 0.0078125, 0.02, 1e-12, 1e12]),
      zeroPoint: (random() % 256) - (type === 'int8' ? 128 : 0),
    },
  };
  const [x, y] = [random() % width, random() % height];
  const region = oneIn(3) && { region: { x, y, width: upTo(width - x), height: upTo(height - y) } };
  const resizing = oneOf(resize.wrapped.options);
  const black = random() % 65000;
  const before = [
    { median: 3 },
    { blur: { kind: 'box', size: oneOf([3, 5, 9]) } },
    { blur: { kind: 'gaussian', size: oneOf([3, 5, 7]) } },
    { tones: { gamma: oneOf([0.45, 2.2]) } },
    { tones: { stretch: [oneOf([0, 2]), oneOf([0, 30])] }, median: 3 },
    { background: { learningRate: random() % 257, threshold: upTo(255) }, blur: { kind: 'box', size: 3 } },
    { background: { learningRate: random() % 257, output: 'foreground', threshold: upTo(60) } },
  ] as const;
  try {
    const spec = parse(
      preprocessSpecSchema,
      {
        ...{ width: upTo(mostSide), height: upTo(mostSide), resize: resizing, ...region },
        ...(resizing === 'crop' && oneIn(3) && { shorterSide: upTo(60) }),
        ...(format === 'GRAY16' && oneIn(2) && { levels: [black, black + upTo(535)] }),
        ...(oneIn(10) && { before: oneOf(before) }),
        ...{ rotation: oneOf([0, 0, 90, 180, 270]), mirror: oneIn(4), pad: random() & 255 },
        ...{ align: oneOf(align.wrapped.options), rounding: oneOf(rounding.wrapped.options) },
        ...{
          filter: oneOf(filter.wrapped.options),
          layout: oneOf(layout.wrapped.options),
        },
        ...{ colorOrder: order, dataType: type, ...normal, ...quantization },
      },
      'spec',
    );
    const colors = isYuvFormat(format) && { matrix: oneOf(colorMatrices), fullRange: oneIn(2) };
    const fill = oneIn(8) ? random() & 255 : 'random';
    return pictureCase({ format, width, height, extra: oneIn(3) ? random() % 20 : 0, spec, fill, ...colors }, random);
  } catch (error) {
    if (error instanceof InvalidArgumentError || error instanceof ShapeError) return undefined;
    throw error;
  }
}

/** What came of a comparison. */
export interface RandomReport {
  compared: number;
  /** Cases that the plan refused. */
  refused: number;
  /** The first that differ: number, what it is, and where the tensors first do. */
  failures: string[];
}

const guard = 32;
const mostFailures = 5;

/**
 * Compares two tiers, byte for byte, over cases `from` to `from + count` of a seed. The tensors lie in memory of another content on either
 * side, so that a byte that is not written shows, and so does one that is written beside them.
 */
export async function compareTiers(seed: number, from: number, count: number): Promise<RandomReport> {
  const sides = await Promise.all(
    (['wasm-scalar', 'wasm-simd'] as const).map(async (tier, i) => new Side(await loadKernels({ tier }), 0x5a + i)),
  );
  const report: RandomReport = { compared: 0, refused: 0, failures: [] };
  for (let index = from; index < from + count && report.failures.length < mostFailures; index++) {
    const picture = randomPicture(seed, index);
    if (!picture) {
      report.refused++;
      continue;
    }
    report.compared++;
    const [scalar, simd] = sides.map((side) => side.run(picture));
    const problem = scalar.problem ?? simd.problem ?? difference(scalar.bytes, simd.bytes);
    if (problem) report.failures.push(`case ${index} of seed ${seed}: ${problem}: ${picture.id}`);
  }
  return report;
}

class Side {
  readonly #kernels: Kernels;
  readonly #poison: number;
  readonly #tensor: ReturnType<Kernels['allocate']>;

  constructor(kernels: Kernels, poison: number) {
    this.#kernels = kernels;
    this.#poison = poison;
    this.#tensor = kernels.allocate(mostSide * mostSide * 3 * 4 + 2 * guard);
  }

  run({ plan, source }: PictureCase): { bytes: Uint8Array; problem?: string } {
    const length = outputLength(plan);
    const byteLength = length * bytesPerElement[plan.dataType];
    const kernel = openPictureKernel(this.#kernels, plan);
    const all = this.#tensor.bytes.subarray(0, byteLength + 2 * guard).fill(this.#poison);
    const buffer = this.#kernels.memory.buffer;
    // What a background learns shows in the next frame.
    const other = plan.before?.background && source.toReversed();
    const output = new tensorArrays[plan.dataType](buffer, all.byteOffset + guard, length);
    if (other) for (const frame of [source, other]) kernel.run(frame, output);
    kernel.run(source, output);
    kernel.close();
    const around = [...all.subarray(0, guard), ...all.subarray(guard + byteLength)];
    const bytes = all.subarray(guard, guard + byteLength);
    if (around.every((byte) => byte === this.#poison)) return { bytes };
    return { bytes, problem: `${this.#kernels.tier} wrote beside the tensor` };
  }
}

function difference(a: Uint8Array, b: Uint8Array): string | undefined {
  if (Buffer.compare(a, b) === 0) return undefined;
  const at = a.findIndex((byte, i) => byte !== b[i]);
  return `byte ${at} is ${a[at]} of wasm-scalar, ${b[at]} of wasm-simd`;
}
