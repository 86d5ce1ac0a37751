import type { Kernels } from '../kernels/kernels.js';
import type { BenchCase } from './bench-case.js';
import { rotatedFrames } from './bench-rig.js';
import { median, type PairedSpeedup, pairedSpeedup } from './bench-statistics.js';
import { type BenchWork, openBenchWork } from './bench-work.js';
import { Breather } from './breather.node.js';

/** Native kernels beside the wasm ones, in turns. `speedup` is wasm / native, the median of `n` pairs; medians in ms. */
export interface BenchNativeRow extends PairedSpeedup {
  case: string;
  /** Where the frames lie: in kernel memory, or in shared memory as those of a pipeline do, which wasm must copy. */
  frames: 'kernel' | 'shared';
  nativeMs: number;
  wasmMs: number;
  n: number;
}

/** What native kernels gain, and what it costs to call them. */
export interface BenchNativeReport {
  rows: BenchNativeRow[];
  /** An entry that does nothing, in ns per call: through koffi, and in wasm. */
  callNs: { native: number; wasm: number };
}

/** What to time, and how long. */
export interface BenchNativeOptions {
  native: Kernels;
  wasm: Kernels;
  /** Pairs per row, at most; a row ends after two seconds, but not before 5 pairs. */
  samples: number;
  signal?: AbortSignal;
  /** Called after each case. */
  onDone?: () => void;
}

const timeLimitMs = 2000;
const warmUpRuns = 20;
const callsPerBatch = 10_000;
const batches = 21;

/**
 * Times `native-simd` against `wasm-simd`, one run of each after the other, which of the two goes first in turn. That
 * their tensors are equal is for `benchPreprocess` to see before.
 * @throws {Error} a tier that is not compiled.
 */
export async function benchNative(
  cases: readonly BenchCase[],
  { native, wasm, samples, signal, onDone }: BenchNativeOptions,
): Promise<BenchNativeReport> {
  const breather = new Breather(signal);
  const rows: BenchNativeRow[] = [];
  for (const each of cases) {
    for (const frames of ['kernel', 'shared'] as const) {
      using own = new Turns(native, each, frames);
      using other = new Turns(wasm, each, frames);
      const times = await timePairs(own, other, samples, breather);
      const [nativeMs, wasmMs] = [median(times.own), median(times.other)];
      const n = times.own.length;
      rows.push({ case: each.name, frames, nativeMs, wasmMs, n, ...pairedSpeedup(times.own, times.other) });
    }
    onDone?.();
  }
  return { rows, callNs: { native: timeCall(native), wasm: timeCall(wasm) } };
}

async function timePairs(own: Turns, other: Turns, samples: number, breather: Breather) {
  const times: { own: number[]; other: number[] } = { own: [], other: [] };
  const time = (turns: Turns, s: number) => {
    const start = performance.now();
    turns.run(s);
    return performance.now() - start;
  };
  let started = performance.now();
  for (let s = -warmUpRuns; times.own.length < samples; s++) {
    await breather.breathe();
    const at = s + warmUpRuns;
    const first = at % 2 === 0 ? own : other;
    const firstMs = time(first, at);
    const secondMs = time(first === own ? other : own, at);
    if (s < 0) {
      started = performance.now();
      continue;
    }
    times.own.push(first === own ? firstMs : secondMs);
    times.other.push(first === own ? secondMs : firstMs);
    if (performance.now() - started > timeLimitMs && times.own.length >= 5) break;
  }
  return times;
}

/** Frames that take turns; the tensors lie in kernel memory. */
class Turns {
  readonly #work: BenchWork;
  readonly #closers: { close(): void }[] = [];
  readonly #runs: (() => void)[];

  constructor(kernels: Kernels, each: BenchCase, place: BenchNativeRow['frames']) {
    const { layout, spec, sourceBytes } = each;
    const { dataType } = spec;
    this.#work = openBenchWork(kernels, each);
    const { shape } = this.#work;
    this.#closers.push(this.#work);
    const turns = Array.from({ length: rotatedFrames(each) }, () => {
      const tensor = kernels.allocateTensor({ name: 'input', dataType, shape });
      const buffer = place === 'kernel' ? kernels.allocate(sourceBytes) : undefined;
      this.#closers.push(tensor, ...(buffer ? [buffer] : []));
      return { tensor, buffer };
    });
    // Views are made when nothing grows the memory any more.
    this.#runs = turns.map(({ tensor, buffer }) => {
      const data = buffer?.bytes ?? new Uint8Array(new SharedArrayBuffer(sourceBytes));
      for (let i = 0; i < data.length; i++) data[i] = (i * 31 + (i >> 7)) & 255;
      const frame = { ...layout, data };
      return () => this.#work.run(frame, tensor);
    });
  }

  run(i: number): void {
    this.#runs[i % this.#runs.length]();
  }

  [Symbol.dispose](): void {
    for (const each of this.#closers) each.close();
  }
}

// A copy of no bytes: the way there and back, with three arguments.
function timeCall(kernels: Kernels): number {
  const { code } = kernels;
  if (!('entries' in code)) throw new Error(`The tier ${kernels.tier} has no entries.`);
  const { copy } = code.entries;
  using block = kernels.allocate(16);
  const at = kernels.toAddress(block.pointer);
  const times = Array.from({ length: batches }, () => {
    const start = performance.now();
    for (let i = 0; i < callsPerBatch; i++) copy(at, at, 0);
    return ((performance.now() - start) / callsPerBatch) * 1e6;
  });
  return median(times);
}
