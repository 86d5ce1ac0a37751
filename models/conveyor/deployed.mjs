// The model as the package runs it (preprocessing on the kernels, onnxruntime-web, head), frame by frame, for measuring
// it and for making its golden sample. Needs `npm run build`.

import { createScene } from '../../dist/acquire/synthetic/scene.js';
import { createTruth } from '../../dist/acquire/synthetic/truth.js';
import { intersectionOverUnion } from '../../dist/core/box.js';
import { syntheticSourceSchema } from '../../dist/core/definition.js';
import { parse } from '../../dist/core/parse.js';
import { onnxWebRuntime } from '../../dist/infer/onnx-web/onnx-web-runtime.node.js';
import { loadKernels } from '../../dist/kernels/load-kernels.node.js';
import { createHead } from '../../dist/postprocess/create-head.js';
import { createPlan } from '../../dist/preprocess/plan.js';
import { AveragePrecision, anyClass } from '../../dist/validate/average-precision.js';

/** Seeds of the frames that figures are measured on; training used none below 1,000,000,000. */
export const measuredSeeds = Array.from({ length: 25 }, (_, i) => 100 + i);

/** Opens one variant: `detect(frame)` gives detections, `outputs(frame)` raw output bytes, `run()` times nothing but the model. */
export async function openVariant({ weights, name, preprocess, head, labels, thresholds }) {
  const kernels = await loadKernels();
  const session = await onnxWebRuntime.open(weights, name, { threads: 1, slots: 1, allocator: kernels });
  const [slot] = session.slots;
  const limits = { scoreThreshold: thresholds.score, iouThreshold: thresholds.iou, topK: thresholds.topK ?? 300 };
  const decoder = createHead(head, {
    input: session.inputs[0],
    layout: preprocess.layout,
    outputs: session.outputs,
    labels,
    limits,
    kernels,
  });
  const plans = new Map();
  const fill = (frame) => {
    const key = `${frame.format} ${frame.codedWidth} ${frame.codedHeight}`;
    if (!plans.has(key)) plans.set(key, createPlan(kernels, frame, preprocess));
    plans.get(key).run(frame, slot.inputs[0]);
    return plans.get(key).transform;
  };
  return {
    tensors: { inputs: session.inputs, outputs: session.outputs },
    async detect(frame) {
      const transform = fill(frame);
      await session.run(slot);
      return decoder.decode(slot.outputs, transform);
    },
    async outputs(frame) {
      fill(frame);
      await session.run(slot);
      return slot.outputs.map(({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength).subarray().slice());
    },
    run: () => session.run(slot),
    close: () => session.close(),
  };
}

/** Frames of the camera, most parts new from one to the next: calls `visit(frame, truth)` for each. */
export async function eachFrame(options, count, visit) {
  const settings = parse(syntheticSourceSchema, { type: 'synthetic', ...options }, 'camera');
  const { width, height, frameRate, speed } = settings;
  const frame = {
    format: 'RGBA',
    codedWidth: width,
    codedHeight: height,
    strideBytes: width * 4,
    data: new Uint8Array(width * height * 4),
  };
  const scene = createScene(settings);
  const truth = createTruth(settings);
  const step = Math.ceil((760 * frameRate) / Math.max(speed, 50));
  for (let i = 0; i < count; i++) {
    scene.render(i * step, frame.data);
    await visit(frame, truth.items(i * step));
  }
}

/** mAP at IoU 0.5 and each class's AP over `framesPerSeed` frames of every seed. */
export async function measureAccuracy(variant, labels, seeds, framesPerSeed, options = {}) {
  const precision = new AveragePrecision(labels.length);
  for (const seed of seeds) {
    await eachFrame({ ...options, seed }, framesPerSeed, async (frame, truth) => {
      const found = await variant.detect(frame);
      const there = truth.map(({ box, classId, visible }) =>
        visible < 0.5 ? { box, classId: anyClass, ignore: true } : { box, classId },
      );
      precision.add(found, there);
    });
  }
  const { mean, perClass } = precision.report();
  return { map50: mean, perClass: Object.fromEntries(labels.map((label, i) => [label, perClass[i]])) };
}

/** Share of the boxes with score ≥ 0.5 that have a partner of their class at IoU ≥ 0.8 in the mirrored picture. */
export async function measureMirror(variant, seeds, framesPerSeed, vertical) {
  let boxes = 0;
  let partners = 0;
  for (const seed of seeds) {
    await eachFrame({ seed }, framesPerSeed, async (frame) => {
      const before = (await variant.detect(frame)).filter(({ score }) => score >= 0.5);
      const mirrored = { ...frame, data: mirror(frame, vertical) };
      const after = await variant.detect(mirrored);
      for (const { box, classId } of before) {
        const reflected = vertical
          ? { ...box, y: frame.codedHeight - box.y - box.height }
          : { ...box, x: frame.codedWidth - box.x - box.width };
        boxes++;
        if (after.some((a) => a.classId === classId && intersectionOverUnion(a.box, reflected) >= 0.8)) partners++;
      }
    });
  }
  return partners / boxes;
}

function mirror({ data, codedWidth, codedHeight }, vertical) {
  const from = new Uint32Array(data.buffer, data.byteOffset, codedWidth * codedHeight);
  const to = new Uint32Array(from.length);
  for (let y = 0; y < codedHeight; y++) {
    for (let x = 0; x < codedWidth; x++) {
      const source = vertical ? (codedHeight - 1 - y) * codedWidth + x : y * codedWidth + (codedWidth - 1 - x);
      to[y * codedWidth + x] = from[source];
    }
  }
  return new Uint8Array(to.buffer);
}

/** Median time of the model alone, one thread, in ms. */
export async function measureLatency(variant, runs = 200) {
  for (let i = 0; i < 20; i++) await variant.run();
  const times = [];
  for (let i = 0; i < runs; i++) {
    const started = performance.now();
    await variant.run();
    times.push(performance.now() - started);
  }
  return times.sort((a, b) => a - b)[runs >> 1];
}
