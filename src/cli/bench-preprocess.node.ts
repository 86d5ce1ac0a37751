import { InvalidArgumentError, KernelError, ReflexarcError } from '../core/error.js';
import { isYuvFormat } from '../core/pixel-format.js';
import { elementCount, tensorArrays } from '../core/tensor.js';
import { type Kernels, type KernelTier, kernelTiers } from '../kernels/kernels.js';
import { loadKernels } from '../kernels/load-kernels.node.js';
import { type BenchCase, selectBenchCases } from './bench-case.js';
import { type BenchNativeReport, benchNative } from './bench-native.node.js';
import { type BenchPeerResult, benchPeers, choosePeers } from './bench-peers.node.js';
import { BenchRig } from './bench-rig.js';
import { median } from './bench-statistics.js';
import { openBenchWork } from './bench-work.js';
import { Breather } from './breather.node.js';
import { describeMachine, type Machine } from './machine.node.js';
import { isUndisturbed } from './run-time.js';

/** Ways to run the kernels: every tier, the slowest first. */
export const benchPaths: readonly KernelTier[] = [...kernelTiers].reverse();
/** One of {@link benchPaths}. */
export type BenchPath = KernelTier;

/** What to time. */
export interface BenchPreprocessOptions {
  /** Names or patterns, see {@link selectBenchCases}; all of `benchCases` by default. */
  cases?: readonly string[];
  /** All by default. */
  paths?: readonly BenchPath[];
  /** Names of other libraries to compare with, see {@link choosePeers}; all by default. */
  peers?: readonly string[];
  /** The Python that has OpenCV and Pillow; else as {@link findPython} says. */
  python?: string;
  /** Timed runs per row and pairs per peer, at most; a row ends earlier after two seconds if 5 were undisturbed. 200 by default. */
  samples?: number;
  signal?: AbortSignal;
  onProgress?: (done: number, total: number) => void;
}

/** Medians over `n` runs, in ms. */
export interface BenchPreprocessRow {
  case: string;
  path: BenchPath;
  medianMs: number;
  /** A copy ({@link Kernels.copy}) of (source + tensor bytes) / 2, measured in turn with the kernel. */
  yardstickMs: number;
  ratio: number;
  /** Of a YUV case: its median to that of the same case of RGBA, measured in turn with it. */
  toRgba?: number;
  /** Source and tensor bytes, in 10⁹, per second of the median. */
  gbPerSecond: number;
  n: number;
  /** Runs that other programs got between. They do not count where at least 5 others do. */
  disturbed: number;
}

/** Rows that were timed, what others take for the same, and paths that were not timed. */
export interface BenchPreprocessReport {
  machine: Machine;
  rows: BenchPreprocessRow[];
  /** `native-simd` and `wasm-simd` in turns; absent unless both were asked for and run here. */
  native?: BenchNativeReport;
  peers: BenchPeerResult[];
  skipped: { path: BenchPath; reason: string }[];
}

const timeLimitMs = 2000;
const mostMs = 8000;
const fewestRuns = 5;
const warmUpMs = 300;

/**
 * Times preprocessing against the speed of memory, and against other libraries. The result of every path is compared with
 * the oracle bit for bit before it is timed. Frames and tensors, already in kernel memory, take turns, so that no cache
 * holds them all; copying a frame into kernel memory is not part of a row.
 * @throws {InvalidArgumentError} ERR_ARGUMENT unknown case, path or peer. @throws {KernelError} ERR_KERNEL a path differs from the oracle.
 */
export async function benchPreprocess(options: BenchPreprocessOptions = {}): Promise<BenchPreprocessReport> {
  const { signal, samples = 200 } = options;
  const paths = options.paths ?? benchPaths;
  for (const path of paths) {
    if (!benchPaths.includes(path)) throw unknownPath(path);
  }
  const cases = selectBenchCases(options.cases);
  const peers = choosePeers(options.peers);
  const report: BenchPreprocessReport = { machine: describeMachine(), rows: [], peers: [], skipped: [] };
  const inTurns = paths.includes('native-simd') && paths.includes('wasm-simd') ? 1 : 0;
  const total = cases.length * (paths.length + inTurns + peers.length);
  let done = 0;
  const advance = (by = 1) => {
    done += by;
    options.onProgress?.(done, total);
  };
  signal?.throwIfAborted();

  const loaded: Kernels[] = [];
  for (const path of paths) {
    const kernels = await loadKernels({ tier: path }).catch((error: unknown) => {
      if (!(error instanceof ReflexarcError)) throw error;
      report.skipped.push({ path, reason: error.message });
    });
    if (kernels) loaded.push(kernels);
    else advance(cases.length);
  }
  const breather = new Breather(signal);
  for (const each of cases) {
    await breather.breathe();
    const oracle = await withOracle(each);
    for (const kernels of loaded) {
      await breather.breathe();
      report.rows.push(await timeKernels(oracle, kernels, samples, signal));
      advance();
    }
  }
  const [native, wasm] = (['native-simd', 'wasm-simd'] as const).map((tier) =>
    loaded.find((each) => each.tier === tier),
  );
  if (native && wasm) report.native = await benchNative(cases, { native, wasm, samples, signal, onDone: advance });
  else if (inTurns) advance(cases.length);
  const own = loaded.filter(({ tier }) => peerTiers.includes(tier));
  const settings = { kernels: own.length > 0 ? own : loaded.slice(-1), samples, python: options.python, signal };
  report.peers = await benchPeers(peers, cases, { ...settings, onDone: advance });
  return report;
}

/** What is compared with other libraries: what users run. Where none of them is timed, the last path is. */
const peerTiers: readonly KernelTier[] = ['wasm-simd', 'native-simd'];

/** A case with a picture, and what the plain TypeScript kernels make of it. */
interface OracleCase extends BenchCase {
  source: Uint8Array;
  expected: Uint8Array;
}

async function withOracle(each: BenchCase): Promise<OracleCase> {
  const source = withPicture(each.sourceBytes);
  const { layout, spec } = each;
  const work = openBenchWork(await loadKernels({ tier: 'reference' }), each);
  const { dataType } = spec;
  const data = new tensorArrays[dataType](elementCount(work.shape));
  work.run({ ...layout, data: source }, { name: 'input', dataType, shape: work.shape, data });
  work.close();
  return { ...each, source, expected: new Uint8Array(data.buffer) };
}

// Gradients and noise; the kernels' time does not depend on it.
function withPicture(byteLength: number): Uint8Array {
  return new Uint8Array(byteLength).map((_, i) => (i + (Math.imul(i, 0x9e3779b1) >>> 27)) & 255);
}

async function timeKernels(
  each: OracleCase,
  kernels: Kernels,
  samples: number,
  signal?: AbortSignal,
): Promise<BenchPreprocessRow> {
  using rig = new BenchRig(kernels, each, each.source);
  using twin = await rgbaTwin(each, kernels.tier);
  const breather = new Breather(signal);
  for (let f = 0; f < rig.count; f++) {
    rig.run(f);
    checkResult(each, kernels.tier, rig.tensor(f));
    await breather.breathe();
  }
  const quiet: Pair[] = [];
  const disturbed: Pair[] = [];
  const started = performance.now();
  let measuring = started;
  for (let s = 0; quiet.length < samples; s++) {
    await breather.breathe();
    const used = process.cpuUsage();
    const start = performance.now();
    rig.copy(s);
    const between = performance.now();
    // Half a turn away, so that the yardstick does not warm the kernel's frame.
    rig.run(s + (rig.count >> 1));
    const end = performance.now();
    const { user, system } = process.cpuUsage(used);
    twin?.run(s);
    const after = performance.now();
    if (end - started < warmUpMs && s < 256) {
      measuring = end;
      continue;
    }
    const into = isUndisturbed({ ms: end - start, cpuMs: (user + system) / 1000 }) ? quiet : disturbed;
    into.push({ yardstickMs: between - start, kernelMs: end - between, twinMs: after - end });
    const tries = quiet.length + disturbed.length;
    if (end - measuring > (quiet.length < fewestRuns ? mostMs : timeLimitMs) && tries >= fewestRuns) break;
    if (tries >= 2 * samples && quiet.length === 0) break;
  }
  const counted = quiet.length >= Math.min(samples, fewestRuns) ? quiet : [...quiet, ...disturbed];
  const medianMs = median(counted.map((pair) => pair.kernelMs));
  const yardstickMs = median(counted.map((pair) => pair.yardstickMs));
  const gbPerSecond = (each.sourceBytes + each.tensorBytes) / medianMs / 1e6;
  const toRgba = twin && { toRgba: medianMs / median(counted.map((pair) => pair.twinMs)) };
  const figures = { medianMs, yardstickMs, ratio: medianMs / yardstickMs, ...toRgba, gbPerSecond };
  return { case: each.name, path: kernels.tier, ...figures, n: counted.length, disturbed: disturbed.length };
}

// The same case of RGBA, beside which a YUV case is timed; in a memory of its own, so that neither's views move.
async function rgbaTwin({ name, layout }: OracleCase, tier: KernelTier): Promise<BenchRig | undefined> {
  if (!isYuvFormat(layout.format)) return undefined;
  const [rgba] = selectBenchCases([name.replace(/^[a-z0-9]+/i, 'rgba')]);
  return new BenchRig(await loadKernels({ tier }), rgba, withPicture(rgba.sourceBytes));
}

/** One copy and one run, right after the other. */
interface Pair {
  yardstickMs: number;
  kernelMs: number;
  /** The same case of RGBA, where there is one. */
  twinMs: number;
}

function checkResult({ name, expected }: OracleCase, path: BenchPath, actual: Uint8Array): void {
  const at = actual.findIndex((byte, i) => byte !== expected[i]);
  if (at < 0 && actual.byteLength === expected.byteLength) return;
  throw new KernelError({
    subject: `${name} on ${path}`,
    expected: "the oracle's tensor",
    received: at < 0 ? `${actual.byteLength} bytes of ${expected.byteLength}` : `another byte at ${at}`,
    remedy: 'Rebuild the kernels; a wrong result is not timed.',
    details: { status: 'WRONG_RESULT' },
  });
}

function unknownPath(received: string): InvalidArgumentError {
  return new InvalidArgumentError({ subject: 'bench path', expected: `one of ${benchPaths.join(', ')}`, received });
}
