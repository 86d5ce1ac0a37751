import { fileURLToPath } from 'node:url';
import { now } from '../core/clock.js';
import { InferenceError, UnsupportedError } from '../core/error.js';
import type { Frame } from '../core/frame.js';
import type { Detection, Item } from '../core/result.js';
import { HostEngine } from '../host/host-engine.node.js';
import type { Session } from '../infer/runtime.js';
import type { Processed } from '../pipeline/engine.js';
import type { BridgeFigure } from './bench-bridge.node.js';
import { openOpenVinoModel } from './bench-openvino-model.node.js';
import { findPython } from './bench-peers.node.js';
import { median, pairedSpeedup } from './bench-statistics.js';
import { PeerFailure, PeerProcess } from './peer-process.node.js';

/** What the comparison with OpenVINO's own Python interface is given. */
export interface BenchOpenVinoOptions {
  /** Rounds, in each of which everyone runs once. */
  samples: number;
  /** The Python that has the package openvino; else that of the environment. */
  python?: string;
  signal?: AbortSignal;
}

/** Figures of the comparison. Times in ms, differences in µs. */
export interface BenchOpenVinoReport {
  n: number;
  figures: BridgeFigure[];
}

// The same from src/cli and from dist/cli; the published package has no such folder.
const peer = fileURLToPath(new URL('../../test/bench/peers/serve-openvino.py', import.meta.url));
const warmUpRounds = 20;
/** By how much a run here may take longer than Python's, in µs. */
const limit = 100;
/** How far outputs may be apart, of 1 or of their size where that is more; edges of boxes in px, and scores. */
const tolerance = { output: 1e-5, edge: 0.01, score: 1e-4 };

/**
 * Times the built-in model on `openvino` against the same library's infer request in Python, on one picture, with one thread and the
 * same precision. Right before each run that is timed, everyone runs once untimed, so that nobody is slowed down by what
 * another one left in the caches; and turns go round, forwards and backwards. Timed are: in Python `infer()` alone; here
 * `session.run`, in this thread with one slot and with two; and a frame in the ring of a host, whose child gives the time of
 * its own `session.run`, while this process waits until it has the boxes. The whole of that, less preprocessing and
 * postprocessing, is inference through the bridge; less inference, too, it is the bridge, there and back. Everyone's
 * results are compared first.
 * @throws {UnsupportedError} ERR_UNSUPPORTED Python with openvino, or koffi, is not here. @throws {PeerFailure} Python broke down.
 * @throws {InferenceError} ERR_RUNTIME results differ.
 */
export async function benchOpenVino(options: BenchOpenVinoOptions): Promise<BenchOpenVinoReport> {
  const { samples, python = findPython(), signal } = options;
  using other = new PeerProcess(python, [peer], signal);
  const library = await greet(other);
  await using model = await openOpenVinoModel(library, signal);
  const expected = await other.prepare({ model: model.path }, 1, new Uint8Array(model.input.buffer));
  if ('unsupported' in expected) throw new PeerFailure(`Python refuses ${model.path}: ${expected.unsupported}`);
  const output = new Float32Array(expected.slice().buffer);
  for (const session of model.sessions) requireAlike(await runOf(session)(), output);
  const engine = await HostEngine.open(model.definition, { signal });
  try {
    using frame = inRing(engine, model.frame);
    const throughBridge = () => engine.process(0, frame);
    requireSameItems((await throughBridge()).items, model.decode(output));
    const bridged: Bridged[] = [];
    const [blocking, waiting, child, theirs] = await takeTurns(
      [
        ...model.sessions.map((session) => timed(runOf(session))),
        async () => {
          await throughBridge();
          bridged.push(await timeBridge(throughBridge));
          return (bridged.at(-1) as Bridged).inferMs;
        },
        // Runs once before what it times, as all peers do.
        async () => (await other.time(1))[0].ms,
      ],
      samples,
      signal,
    );
    const counted = bridged.slice(-samples);
    const through = counted.map(({ inferMs, bridgeMs }) => inferMs + bridgeMs);
    const us = (list: readonly number[]) => median(list.map((ms) => ms * 1000));
    const more = (own: readonly number[]) => us(own.map((ms, i) => ms - theirs[i]));
    return {
      n: samples,
      figures: [
        { name: 'openvino, one slot', value: median(blocking), unit: 'ms' },
        { name: 'openvino, two slots', value: median(waiting), unit: 'ms' },
        { name: "openvino, the library's call in a child", value: median(child), unit: 'ms' },
        { name: 'openvino, inference through the bridge', value: median(through), unit: 'ms' },
        { name: "OpenVINO's Python", value: median(theirs), unit: 'ms' },
        { name: 'one slot − Python', value: more(blocking), unit: 'µs', limit },
        { name: 'two slots − Python', value: more(waiting), unit: 'µs', limit },
        { name: "the library's call in a child − Python", value: more(child), unit: 'µs', limit },
        { name: 'inference through the bridge − Python', value: more(through), unit: 'µs' },
        { name: 'bridge, there and back', value: us(counted.map(({ bridgeMs }) => bridgeMs)), unit: 'µs' },
        { name: 'of that, there', value: us(counted.map(({ thereMs }) => thereMs)), unit: 'µs' },
        { name: 'one slot / Python', value: 1 / pairedSpeedup(blocking, theirs).speedup, unit: '×' },
      ],
    };
  } finally {
    await engine.close();
  }
}

/** A frame's way to a child and back. */
interface Bridged {
  /** The library's call in the child. */
  inferMs: number;
  /** From the call in this process until it has the items, less all that the child does for them. */
  bridgeMs: number;
  /** Of that, until the child begins. */
  thereMs: number;
}

async function timeBridge(run: () => Promise<Processed>): Promise<Bridged> {
  const start = now();
  const { startTime, preprocessMs, inferMs, postprocessMs } = await run();
  const bridgeMs = now() - start - preprocessMs - inferMs - postprocessMs;
  return { inferMs, bridgeMs, thereMs: startTime - start };
}

function runOf(session: Session): () => Promise<Float32Array> {
  const [slot] = session.slots;
  return async () => {
    await session.run(slot);
    return slot.outputs[0].data as Float32Array;
  };
}

function timed(run: () => Promise<unknown>): () => Promise<number> {
  return async () => {
    await run();
    const start = performance.now();
    await run();
    return performance.now() - start;
  };
}

// Where a source would have written it.
function inRing({ frames }: HostEngine, { format, codedWidth, codedHeight, data }: Frame): Frame {
  const frame = frames.allocate({ id: 0, timestamp: 0, format, codedWidth, codedHeight });
  frame.data.set(data);
  return frame;
}

// Each is first in turn, and comes after each of its neighbours.
async function takeTurns(
  contenders: readonly (() => Promise<number>)[],
  samples: number,
  signal: AbortSignal | undefined,
): Promise<number[][]> {
  const times: number[][] = contenders.map(() => []);
  for (let round = 0; round < warmUpRounds + samples; round++) {
    signal?.throwIfAborted();
    for (let k = 0; k < contenders.length; k++) {
      const place = round % 2 ? contenders.length - 1 - k : k;
      const which = (place + (round >> 1)) % contenders.length;
      const ms = await contenders[which]();
      if (round >= warmUpRounds) times[which].push(ms);
    }
  }
  return times;
}

// Gives the library that it runs, which its version comes before.
async function greet(other: PeerProcess): Promise<string> {
  const greeting = await other.greeting();
  if ('version' in greeting) return greeting.version.slice(greeting.version.indexOf(' ') + 1);
  throw new UnsupportedError({
    subject: 'bench case openvino-python',
    expected: 'Python with the package openvino',
    received: greeting.missing,
    remedy: 'Install test/fixtures/python-requirements.txt into a virtual environment and name its Python.',
    details: { supported: [] },
  });
}

function requireAlike(own: Float32Array, other: Float32Array): void {
  const isAlike = (value: number, i: number) =>
    Math.abs(value - other[i]) <= tolerance.output * Math.max(1, Math.abs(other[i]));
  const wrong = other.length === own.length ? own.findIndex((value, i) => !isAlike(value, i)) : 0;
  if (wrong < 0) return;
  throw new InferenceError({
    subject: `output ${wrong} of ${own.length}`,
    expected: `${other[wrong]}, as in Python`,
    received: String(own[wrong]),
  });
}

// In the order of their scores. What both find nothing in says nothing.
function requireSameItems(own: readonly Item[], other: readonly Item[]): void {
  const isAlike = (item: Item, i: number) => {
    const [a, b] = [item, other[i]] as [Detection, Detection];
    const edges = (['x', 'y', 'width', 'height'] as const).map((side) => Math.abs(a.box[side] - b.box[side]));
    const near = Math.abs(a.score - b.score) <= tolerance.score && Math.max(...edges) <= tolerance.edge;
    return near && a.classId === b.classId;
  };
  if (own.length > 0 && own.length === other.length && own.every(isAlike)) return;
  throw new InferenceError({
    subject: 'boxes from a child',
    expected: `at least one, and those of Python's output: ${JSON.stringify(other)}`,
    received: JSON.stringify(own),
  });
}
