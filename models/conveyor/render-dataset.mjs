// Writes the pictures that the conveyor model is trained on: frames of the synthetic camera under changing light, blur,
// noise, speed and density, preprocessed as they will be in use. Needs `npm run build`.
//
//   node models/conveyor/render-dataset.mjs [--train 4200] [--check 400] [--out .cache/conveyor]
//
// Per split: `<split>-<W>x<H>.u8`, pictures of H × W × 3 bytes (RGB) one after another, and `<split>.jsonl`, one line per
// picture: the boxes in px of each size, class and visible share. Training seeds begin at 1,000,000,000 and checking
// seeds at 2,000,000,000, so that the seeds people use are new to the model.

import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Random } from '../../dist/acquire/synthetic/random.js';
import { createScene } from '../../dist/acquire/synthetic/scene.js';
import { createTruth } from '../../dist/acquire/synthetic/truth.js';
import { parse } from '../../dist/core/parse.js';
import { preprocessSpecSchema } from '../../dist/core/preprocess-spec.js';
import { loadKernels } from '../../dist/kernels/load-kernels.node.js';
import { createPlan } from '../../dist/preprocess/plan.js';

/** Input sizes of the two variants; keep in step with train.py. */
const sizes = [
  { width: 384, height: 224 },
  { width: 256, height: 144 },
];
const framesPerScene = 24;
const firstSeed = { train: 1_000_000_000, check: 2_000_000_000 };

const { values } = parseArgs({
  options: {
    train: { type: 'string', default: '4200' },
    check: { type: 'string', default: '400' },
    out: { type: 'string', default: fileURLToPath(new URL('../../.cache/conveyor', import.meta.url)) },
  },
});
mkdirSync(values.out, { recursive: true });
const kernels = await loadKernels();
for (const split of ['check', 'train']) renderSplit(split, Number(values[split]));

function renderSplit(split, count) {
  const started = performance.now();
  const pictures = sizes.map(({ width, height }) => openSync(`${values.out}/${split}-${width}x${height}.u8`, 'w'));
  const labels = openSync(`${values.out}/${split}.jsonl`, 'w');
  const tensors = sizes.map(({ width, height }) => {
    return kernels.allocateTensor({ name: 'picture', dataType: 'uint8', shape: [1, height, width, 3] });
  });
  for (let done = 0, scene = 0; done < count; scene++) {
    const seed = firstSeed[split] + scene;
    const options = sceneOptions(seed);
    const { width, height } = options;
    const layout = { format: 'RGBA', codedWidth: width, codedHeight: height, strideBytes: width * 4 };
    const data = new Uint8Array(width * height * 4);
    const camera = createScene(options);
    const truth = createTruth(options);
    const plans = sizes.map((size) => {
      const spec = parse(preprocessSpecSchema, { ...size, layout: 'nhwc', dataType: 'uint8' }, 'spec');
      return createPlan(kernels, layout, spec);
    });
    // Far enough apart that most of the parts are new.
    const step = Math.ceil((760 * options.frameRate) / options.speed);
    for (let i = 0; i < framesPerScene && done < count; i++, done++) {
      const frame = i * step;
      camera.render(frame, data);
      plans.forEach((plan, which) => {
        plan.run({ ...layout, data }, tensors[which]);
        writeSync(pictures[which], tensors[which].data);
      });
      const items = truth.items(frame).map(({ classId, box, visible }) => ({
        classId,
        visible: Number(visible.toFixed(3)),
        boxes: plans.map(({ transform: t }) => [
          box.x * t.scaleX + t.padX,
          box.y * t.scaleY + t.padY,
          box.width * t.scaleX,
          box.height * t.scaleY,
        ]),
      }));
      writeSync(labels, `${JSON.stringify({ seed, frame, standard: scene % 3 === 0, items })}\n`);
    }
    for (const plan of plans) plan.close();
  }
  for (const file of [...pictures, labels]) closeSync(file);
  console.error(`${split}: ${count} pictures in ${Math.round((performance.now() - started) / 1000)} s`);
}

// Every third scene is the camera as it is by default.
function sceneOptions(seed) {
  const random = new Random(seed);
  const standard = { type: 'synthetic', seed, width: 1280, height: 720, frameRate: 30 };
  if (seed % 1_000_000_000 % 3 === 0) return { ...standard, light: 1, blur: 0.25, noise: 2, speed: 300, density: 1.3 };
  const [width, height] = [
    [1280, 720],
    [1280, 720],
    [1280, 720],
    [1280, 720],
    [1280, 720],
    [1920, 1080],
    [960, 540],
    [640, 360],
  ][random.below(8)];
  return {
    ...standard,
    width,
    height,
    light: random.range(0.5, 1.5),
    blur: random.range(0, 0.9),
    noise: random.unit() < 0.7 ? random.range(0, 5) : random.range(5, 14),
    speed: random.range(60, 800),
    density: random.range(0.7, 2),
  };
}
