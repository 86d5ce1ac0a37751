import { parse } from '../../src/core/parse.js';
import { isYuvFormat, type PixelFormat, pixelFormats } from '../../src/core/pixel-format.js';
import { preprocessSpecSchema } from '../../src/core/preprocess-spec.js';
import { tensorArrays } from '../../src/core/tensor.js';
import { ReferencePreprocess } from '../../src/kernels/reference/preprocess.js';
import { outputLength, type PictureCase, pictureCase } from './picture-case.js';
import { randomNumbers, seed } from './random-numbers.js';

/** Frames that are run one after the other, because a plan with a background remembers what it saw. */
export interface SequenceCase extends Pick<PictureCase, 'id' | 'plan'> {
  frames: Uint8Array[];
}

const formats = (Object.keys(pixelFormats) as PixelFormat[]).filter((format) => !isYuvFormat(format));
const steps = [
  {},
  { median: 3 },
  { blur: { kind: 'gaussian', size: 5 }, median: 3 },
  { tones: { stretch: [1, 2] } },
  { tones: { gamma: 0.5 }, blur: { kind: 'box', size: 3 } },
] as const;

/** Sequences of three frames: every format, rate and output, widths around the four px of a vector, every step after it. */
export function sequenceCases(): SequenceCase[] {
  const random = randomNumbers(seed + 2);
  const cases: SequenceCase[] = [];
  let turn = 0;
  for (const format of formats) {
    for (const learningRate of [0, 1, 5, 100, 255, 256]) {
      for (const output of ['difference', 'foreground'] as const) {
        const [width, height] = [1 + (turn % 19), 1 + ((turn * 5) % 13)];
        const background = { learningRate, output, threshold: [1, 2, 60, 200, 255][turn % 5] };
        const spec = parse(
          preprocessSpecSchema,
          {
            ...{ width: 9 + (turn % 9), height: 8, layout: 'nhwc', dataType: 'uint8', pad: 3 },
            ...{ filter: (['nearest', 'bilinear', 'area', 'bilinear-antialias'] as const)[turn % 4] },
            ...{ rotation: ([0, 0, 90, 180] as const)[turn % 4], mirror: turn % 3 === 0 },
            ...(turn % 5 === 0 && width > 2 && { region: { x: 1, y: 0, width: width - 1, height } }),
            before: { background, ...steps[turn % steps.length] },
          },
          'spec',
        );
        const parts = { format, width, height, extra: turn % 3, spec, fill: 'random' } as const;
        const drawn = [1, 2, 3].map(() => pictureCase(parts, random));
        cases.push({ ...drawn[0], frames: drawn.map(({ source }) => source) });
        turn++;
      }
    }
  }
  return cases;
}

/** The tensors that every spelling must give, one after the other. */
export function sequenceOracle({ plan, frames }: SequenceCase): Buffer {
  const reference = new ReferencePreprocess(plan);
  const tensors = frames.map((frame) => {
    const output = new tensorArrays[plan.dataType](outputLength(plan));
    reference.run(frame, output);
    return new Uint8Array(output.buffer);
  });
  return Buffer.concat(tensors);
}
