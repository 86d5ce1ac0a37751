import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InferenceError, UnsupportedError } from '../core/error.js';
import { Frame } from '../core/frame.js';
import { parse } from '../core/parse.js';
import { runtimeOptionsSchema } from '../core/runtime-options.js';
import { createHostPipeline } from '../host/create-host-pipeline.node.js';
import { openVinoRuntime } from '../infer/openvino/openvino-runtime.node.js';
import type { Session } from '../infer/runtime.js';
import { loadKernels } from '../kernels/load-kernels.node.js';
import { findPython } from './bench-peers.node.js';
import { median, pairedSpeedup } from './bench-statistics.js';
import { HeldFrames } from './held-frames.js';
import { PeerFailure, PeerProcess } from './peer-process.node.js';
import { builtInModel } from './run-definition.node.js';

/** What the comparison with OpenVINO's own Python interface is given. */
export interface BenchOpenVinoOptions {
  /** Pairs. */
  samples: number;
  /** The Python that has the package openvino; else that of the environment. */
  python?: string;
  signal?: AbortSignal;
}

/** Figures of the comparison. Times in ms, differences in µs. */
export interface BenchOpenVinoReport {
  n: number;
  figures: { name: string; value: number; unit: 'ms' | 'µs' | '×'; limit?: number }[];
}

// The same from src/cli and from dist/cli; the published package has no such folder.
const peer = fileURLToPath(new URL('../../test/bench/peers/serve-openvino.py', import.meta.url));
const modelFile = 'standard.onnx';
const warmUpRuns = 20;
/** By how much a run here may take longer than Python's, in µs. */
const limit = 100;

/**
 * Times a model on `openvino` against the same library's infer request in Python, in pairs, one right after the other,
 * each with one thread and the same precision; what Python times is `infer()` alone, what is timed here is the whole of
 * `session.run`: in this thread with one slot and with two, on the same input, and in a child process of a host, on frames.
 * @throws {UnsupportedError} ERR_UNSUPPORTED Python with openvino, or koffi, is not here.
 * @throws {InferenceError} ERR_RUNTIME results differ.
 */
export async function benchOpenVino(options: BenchOpenVinoOptions): Promise<BenchOpenVinoReport> {
  const { samples, python = findPython(), signal } = options;
  const path = join(builtInModel, modelFile);
  const model = await readFile(path);
  using other = new PeerProcess(python, [peer], signal);
  const { library } = await greet(other, python);
  const sessions: Session[] = [];
  try {
    const runtimeOptions = parse(runtimeOptionsSchema, { openvino: { library, precision: 'f32' } }, 'runtimeOptions');
    const allocator = await loadKernels();
    for (const slots of [1, 2]) {
      sessions.push(await openVinoRuntime.open(model, path, { threads: 1, slots, allocator, runtimeOptions }));
    }
    const [{ inputs }] = sessions as [Session];
    const input = noise(inputs[0]!.shape.reduce((product, size) => product * size, 1));
    const expected = await other.prepare({ model: path }, 1, new Uint8Array(input.buffer));
    if ('unsupported' in expected) throw unsupported(`Python with openvino refuses ${path}: ${expected.unsupported}`);
    const runs = sessions.map((session) => async () => {
      await session.run(session.slots[0]!);
      return session.slots[0]!.outputs[0]!.data as Float32Array;
    });
    await using hosted = await openHosted(library, signal);
    for (const session of sessions) (session.slots[0]!.inputs[0]!.data as Float32Array).set(input);
    for (const run of runs) requireAlike(await run(), new Float32Array(expected.slice().buffer));
    const timed = runs.map((run) => async () => {
      const start = performance.now();
      await run();
      return performance.now() - start;
    });
    const inChild = () => hosted.run();
    const inPython = async () => (await other.time(1))[0]!.ms;
    const times = await takeTurns([...timed, inChild, inPython], samples, signal);
    const [blocking, waiting, child, theirs] = times as [number[], number[], number[], number[]];
    const more = (own: number[]) => median(own.map((ms, i) => (ms - theirs[i]!) * 1000));
    return {
      n: samples,
      figures: [
        { name: 'openvino, one slot', value: median(blocking), unit: 'ms' },
        { name: 'openvino, two slots', value: median(waiting), unit: 'ms' },
        { name: 'openvino, in a child', value: median(child), unit: 'ms' },
        { name: "OpenVINO's Python", value: median(theirs), unit: 'ms' },
        { name: 'one slot − Python', value: more(blocking), unit: 'µs', limit },
        { name: 'two slots − Python', value: more(waiting), unit: 'µs', limit },
        { name: 'in a child − Python', value: more(child), unit: 'µs', limit },
        { name: 'one slot / Python', value: 1 / pairedSpeedup(blocking, theirs).speedup, unit: '×' },
      ],
    };
  } finally {
    for (const session of sessions) await session.close();
  }
}

// The built-in model in a child process; a run gives the time that the child's call of the library took.
async function openHosted(
  library: string,
  signal: AbortSignal | undefined,
): Promise<AsyncDisposable & { run(): Promise<number> }> {
  const source = new HeldFrames([grayFrame()]);
  const pipeline = await createHostPipeline(
    {
      source: { type: 'synthetic' },
      model: { type: 'bundle', path: builtInModel },
      runtime: ['openvino'],
      runtimeOptions: { openvino: { library, precision: 'f32' } },
      threads: 1,
      slots: 1,
      queue: 'wait',
    },
    { source, signal },
  );
  const results = pipeline.run();
  const run = async () => {
    source.give();
    return (await results.next()).value!.spans.infer;
  };
  return { run, [Symbol.asyncDispose]: () => pipeline.close() };
}

// Each is first in turn, so that what the one before leaves in the caches is nobody's advantage.
async function takeTurns(
  contenders: readonly (() => Promise<number>)[],
  samples: number,
  signal: AbortSignal | undefined,
): Promise<number[][]> {
  const times: number[][] = contenders.map(() => []);
  for (let s = -warmUpRuns; s < samples; s++) {
    signal?.throwIfAborted();
    for (let k = 0; k < contenders.length; k++) {
      const which = (k + s + warmUpRuns) % contenders.length;
      const ms = await contenders[which]!();
      if (s >= 0) times[which]!.push(ms);
    }
  }
  return times;
}

async function greet(other: PeerProcess, python: string): Promise<{ library: string }> {
  let said: string;
  try {
    const greeting = await other.greeting();
    if ('missing' in greeting) throw unsupported(greeting.missing);
    said = greeting.version;
  } catch (error) {
    if (error instanceof PeerFailure) throw unsupported(`${python}: ${error.message}`, error);
    throw error;
  }
  // Its version, and the library that it runs.
  return { library: said.slice(said.indexOf(' ') + 1) };
}

function unsupported(received: string, cause?: unknown): UnsupportedError {
  return new UnsupportedError({
    subject: 'bench case openvino-python',
    expected: 'Python with the package openvino',
    received,
    remedy: 'Install test/fixtures/python-requirements.txt into a virtual environment and name its Python.',
    details: { supported: [] },
    cause,
  });
}

function requireAlike(own: Float32Array, other: Float32Array): void {
  const wrong = other.length === own.length ? own.findIndex((value, i) => !(Math.abs(value - other[i]!) <= 1e-5)) : 0;
  if (wrong < 0) return;
  throw new InferenceError({
    subject: `output ${wrong} of ${own.length}`,
    expected: `${other[wrong]}, as in Python`,
    received: String(own[wrong]),
  });
}

function grayFrame(): Frame {
  const [codedWidth, codedHeight] = [640, 360];
  const data = new Uint8Array(codedWidth * codedHeight * 3).fill(128);
  return new Frame({ id: 0, timestamp: 0, format: 'RGB', codedWidth, codedHeight, data });
}

/** Numbers from 0 to 1, always the same: a 32-bit linear congruential generator, of which the upper bits are taken. */
function noise(length: number): Float32Array {
  let state = 1;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  });
}
