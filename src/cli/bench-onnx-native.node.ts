import { InferenceError, UnsupportedError } from '../core/error.js';
import { oneNodeModel } from '../infer/one-node-model.js';
import { OnnxNativeRuntime } from '../infer/onnx-native/onnx-native-runtime.node.js';
import { loadKernels } from '../kernels/load-kernels.node.js';
import type { BridgeCaseOptions, BridgeResult } from './bench-bridge.node.js';
import { median, pairedSpeedup } from './bench-statistics.js';

const shape = [1, 3, 640, 640];
const warmUpRuns = 20;
/** What `onnx-native` may take of the time of onnxruntime-node. */
const limit = 0.4;
/** How long the event loop may stand still during a run on the main thread, in ms. */
const gapLimitMs = 1;

/**
 * Times a model that does next to nothing over many numbers, so that what is left is the way to the library and back:
 * onnx-native on a thread that may block, and beside one that may not, against the package onnxruntime-node, in turns,
 * one thread each, each run right after one of the same that is not timed.
 * @throws {UnsupportedError} ERR_UNSUPPORTED onnxruntime-node or koffi is not here.
 * @throws {InferenceError} ERR_RUNTIME results differ.
 */
export async function benchOnnxNative({ samples, signal }: BridgeCaseOptions): Promise<Omit<BridgeResult, 'case'>> {
  const model = oneNodeModel('Relu', { shape });
  const input = noise(shape.reduce((product, size) => product * size, 1));
  const other = await openOther(model, input);
  const kernels = await loadKernels();
  const open = (blocking: boolean) =>
    new OnnxNativeRuntime({ blocking }).open(model, 'relu', { threads: 1, slots: 1, allocator: kernels });
  const blocking = await open(true);
  const beside = await open(false);
  try {
    const expected = await other();
    const contenders = [blocking, beside].map((session) => async () => {
      await session.run(session.slots[0]);
      return session.slots[0].outputs[0].data as Float32Array;
    });
    for (const session of [blocking, beside]) (session.slots[0].inputs[0].data as Float32Array).set(input);
    for (const run of contenders) requireEqual(await run(), expected);
    const runs = [...contenders, other];
    const times: number[][] = runs.map(() => []);
    const gaps: number[][] = runs.map(() => []);
    for (let s = -warmUpRuns; s < samples; s++) {
      signal?.throwIfAborted();
      // Each is first in turn.
      for (let k = 0; k < runs.length; k++) {
        const which = (k + s + warmUpRuns) % runs.length;
        // Apart from the time that is measured: a loop that turns takes some itself. It comes before, so that what is measured comes
        // after a run of its own, whoever had the turn before.
        const gap = await longestGap(runs[which]);
        const start = performance.now();
        await runs[which]();
        const ms = performance.now() - start;
        if (s < 0) continue;
        times[which].push(ms);
        gaps[which].push(gap);
      }
    }
    const [blockingMs, besideMs, otherMs] = times;
    const ratio = (own: number[]) => 1 / pairedSpeedup(own, otherMs).speedup;
    return {
      n: samples,
      figures: [
        { name: 'onnx-native in a worker', value: median(blockingMs), unit: 'ms' },
        { name: 'onnx-native on the main thread', value: median(besideMs), unit: 'ms' },
        { name: 'onnxruntime-node', value: median(otherMs), unit: 'ms' },
        { name: 'in a worker / onnxruntime-node', value: ratio(blockingMs), unit: '×', limit },
        { name: 'on the main thread / onnxruntime-node', value: ratio(besideMs), unit: '×', limit },
        { name: 'event loop stands still, main thread', value: median(gaps[1]), unit: 'ms', limit: gapLimitMs },
        { name: 'event loop stands still, onnxruntime-node', value: median(gaps[2]), unit: 'ms' },
      ],
    };
  } finally {
    await blocking.close();
    await beside.close();
  }
}

/** The longest that the event loop does not turn during a run, in ms. */
async function longestGap(run: () => Promise<unknown>): Promise<number> {
  let [last, longest, running] = [performance.now(), 0, true];
  const look = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  };
  const turn = () => {
    look();
    if (running) setImmediate(turn);
  };
  setImmediate(turn);
  await run();
  running = false;
  look();
  return longest;
}

async function openOther(model: Uint8Array, input: Float32Array): Promise<() => Promise<Float32Array>> {
  const ort = await import('onnxruntime-node').catch((cause: Error) => {
    throw new UnsupportedError({
      subject: 'bench',
      expected: 'the package onnxruntime-node',
      received: cause.message,
      remedy: 'Install it: npm install onnxruntime-node',
      details: { supported: [] },
      cause,
    });
  });
  const session = await ort.InferenceSession.create(model, { intraOpNumThreads: 1, interOpNumThreads: 1 });
  const feeds = { x: new ort.Tensor('float32', input, shape) };
  return async () => (await session.run(feeds)).y.data as Float32Array;
}

function requireEqual(own: Float32Array, other: Float32Array): void {
  const at = own.findIndex((value, i) => value !== other[i]);
  if (at < 0 && own.length === other.length) return;
  throw new InferenceError({
    subject: 'relu',
    expected: `${other[at]} at ${at}, as onnxruntime-node has it`,
    received: String(own[at]),
  });
}

/** Numbers from −1 to 1, always the same. */
function noise(count: number): Float32Array {
  let state = 1;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}
