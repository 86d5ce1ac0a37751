import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { InferenceError, UnsupportedError } from '../core/error.js';
import { parse } from '../core/parse.js';
import { runtimeOptionsSchema } from '../core/runtime-options.js';
import { openVinoRuntime } from '../infer/openvino/openvino-runtime.node.js';
import type { Session } from '../infer/runtime.js';
import { loadKernels } from '../kernels/load-kernels.node.js';
import { findPython } from './bench-peers.node.js';
import { median, pairedSpeedup } from './bench-statistics.js';
import { PeerFailure, PeerProcess } from './peer-process.node.js';

/** What the comparison with OpenVINO's own Python interface is given. */
export interface BenchOpenVinoOptions {
  /** Pairs. */
  samples: number;
  /** The Python that has the package openvino; else that of the environment. */
  python?: string;
  /** An ONNX model with one input of float32; the built-in one by default. */
  model?: string;
  signal?: AbortSignal;
}

/** Figures of the comparison. Times in ms, differences in µs. */
export interface BenchOpenVinoReport {
  n: number;
  figures: { name: string; value: number; unit: 'ms' | 'µs' | '×'; limit?: number }[];
}

// The same from src/cli and from dist/cli; the published package has no such folder.
const peer = fileURLToPath(new URL('../../test/bench/peers/serve-openvino.py', import.meta.url));
const builtIn = fileURLToPath(new URL('../../models/conveyor/standard.onnx', import.meta.url));
const warmUpRuns = 20;
/** By how much a run here may take longer than Python's, in µs. */
const limit = 100;

/**
 * Times a model on `openvino` against the same library's infer request in Python, in pairs, one right after the other,
 * each with one thread, the same precision and the same input; what Python times is `infer()` alone, what is timed here
 * is the whole of `session.run`, with one slot and with two.
 * @throws {UnsupportedError} ERR_UNSUPPORTED Python with openvino, or koffi, is not here.
 * @throws {InferenceError} ERR_RUNTIME results differ.
 */
export async function benchOpenVino(options: BenchOpenVinoOptions): Promise<BenchOpenVinoReport> {
  const { samples, python = findPython(), model: path = builtIn, signal } = options;
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
    for (const session of sessions) (session.slots[0]!.inputs[0]!.data as Float32Array).set(input);
    for (const run of runs) requireAlike(await run(), new Float32Array(expected.slice().buffer));
    const times = await timePairs(runs, other, samples, signal);
    const [blocking, waiting, theirs] = times as [number[], number[], number[]];
    const more = (own: number[]) => median(own.map((ms, i) => (ms - theirs[i]!) * 1000));
    return {
      n: samples,
      figures: [
        { name: 'openvino, one slot', value: median(blocking), unit: 'ms' },
        { name: 'openvino, two slots', value: median(waiting), unit: 'ms' },
        { name: "OpenVINO's Python", value: median(theirs), unit: 'ms' },
        { name: 'one slot − Python', value: more(blocking), unit: 'µs', limit },
        { name: 'two slots − Python', value: more(waiting), unit: 'µs', limit },
        { name: 'one slot / Python', value: 1 / pairedSpeedup(blocking, theirs).speedup, unit: '×' },
      ],
    };
  } finally {
    for (const session of sessions) await session.close();
  }
}

// Each is first in turn, so that what the one before leaves in the caches is nobody's advantage.
async function timePairs(
  runs: readonly (() => Promise<unknown>)[],
  other: PeerProcess,
  samples: number,
  signal: AbortSignal | undefined,
): Promise<number[][]> {
  const contenders = [
    ...runs.map((run) => async () => {
      const start = performance.now();
      await run();
      return performance.now() - start;
    }),
    async () => (await other.time(1))[0]!.ms,
  ];
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

/** Numbers from 0 to 1, always the same: a 32-bit linear congruential generator, of which the upper bits are taken. */
function noise(length: number): Float32Array {
  let state = 1;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  });
}
