import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { InvalidArgumentError } from '../core/error.js';
import { isYuvFormat } from '../core/pixel-format.js';
import type { Kernels, KernelTier } from '../kernels/kernels.js';
import type { BenchCase } from './bench-case.js';
import { BenchRig, rotatedFrames } from './bench-rig.js';
import { median, type PairedSpeedup, pairedSpeedup } from './bench-statistics.js';
import { softPicture, type TensorDifference, type Tolerance, tensorDifference } from './peer-check.js';
import { PeerFailure, PeerProcess } from './peer-process.node.js';
import { isUndisturbed, type RunTime } from './run-time.js';

/** A library that others use for the same work. */
export interface BenchPeer {
  name: string;
  /** The program that speaks for it, and its arguments; `python` stands for {@link findPython}. */
  command: readonly string[];
  /** How to have it. */
  install: string;
  /** How far its tensors may be from ours, and the reason in its documentation. */
  tolerance(each: BenchCase): Tolerance;
}

/** How a peer did. `speedup` is its time / ours, the median of `n` pairs; medians in ms. */
export interface BenchPeerRow extends PairedSpeedup {
  case: string;
  peer: string;
  version: string;
  /** Ours that it was compared with. */
  path: KernelTier;
  medianMs: number;
  ownMedianMs: number;
  n: number;
  /** Pairs beside these `n` that other programs got between. */
  disturbed: number;
  /** How far its tensor is from ours, in steps of 8 bits. */
  difference: TensorDifference;
}

/** Why a peer was not timed: it is not installed (no `case`), cannot do a case, gave a wrong tensor, broke down, or had no quiet. */
export type BenchPeerGap = { peer: string; case?: string; version?: string } & (
  | { skipped: string }
  | { refused: string; difference?: TensorDifference }
  | { failed: string }
);

/** Of a peer and a case. */
export type BenchPeerResult = BenchPeerRow | BenchPeerGap;

/** What peers are compared with, and how long. */
export interface BenchPeersOptions {
  /** Ours; each of them takes its turn with the peer. */
  kernels: readonly Kernels[];
  /** Pairs per case, at most; it ends earlier after three seconds if there are 10, and after fifteen. */
  samples: number;
  python?: string;
  signal?: AbortSignal;
  /** Called for `cases` more that are through. */
  onDone?: (cases: number) => void;
  /** How long a peer may take over an answer. */
  timeoutMs?: number;
}

// The same from src/cli and from dist/cli; the published package has no such folder.
const folder = fileURLToPath(new URL('../../test/bench/peers/', import.meta.url));
const npmInstall = 'npm ci --ignore-scripts --prefix test/bench';
const pythonInstall = 'python3 -m venv .venv && .venv/bin/pip install -r test/fixtures/requirements.txt';

/**
 * Equal but for the formula of YUV: they convert, then resize or warp; and INTER_AREA is a box where ours is a triangle. A bicubic and a
 * warp round otherwise.
 */
const asOpenCv = ({ layout, spec, matrix }: BenchCase): Tolerance => {
  if (isYuvFormat(layout.format) || spec.filter === 'bilinear-antialias') return { most: 6, mean: 1.5 };
  return { most: 1.01, mean: matrix || spec.filter === 'bicubic' ? 0.5 : 0.1 };
};

/** The libraries that this one is compared with, one thread each. */
export const peers: readonly BenchPeer[] = [
  {
    name: 'opencv',
    command: ['python', `${folder}native.py`, 'opencv'],
    install: pythonInstall,
    tolerance: asOpenCv,
  },
  // blobFromImage takes most of the time of the above; this is what it takes without.
  {
    name: 'opencv-numpy',
    command: ['python', `${folder}native.py`, 'opencv-numpy'],
    install: pythonInstall,
    tolerance: asOpenCv,
  },
  {
    name: 'pillow',
    command: ['python', `${folder}native.py`, 'pillow'],
    install: pythonInstall,
    // It takes rows first where that is less work, and rounds in between; its box takes a px wholly or not at all.
    tolerance: ({ spec }) => ({ most: spec.filter === 'area' ? 3 : 1.5, mean: 0.5 }),
  },
  {
    name: 'opencv-js',
    command: [process.execPath, `${folder}opencv-js.mjs`],
    install: npmInstall,
    tolerance: asOpenCv,
  },
  {
    name: 'opencv-js-loop',
    command: [process.execPath, `${folder}opencv-js.mjs`, 'loop'],
    install: npmInstall,
    tolerance: asOpenCv,
  },
  {
    name: 'canvas',
    command: [process.execPath, `${folder}canvas.mjs`],
    install: 'a Chromium, and npm ci in the sources of reflexarc',
    // A browser scales with fewer bits, and converts YUV before it.
    tolerance: () => ({ most: 255, mean: 2 }),
  },
  {
    name: 'sharp',
    command: [process.execPath, `${folder}sharp.mjs`],
    install: npmInstall,
    // Its triangle has fewer bits, and always widens.
    tolerance: () => ({ most: 6, mean: 1.5 }),
  },
  {
    name: 'transformers-js',
    command: [process.execPath, `${folder}transformers-js.mjs`],
    install: npmInstall,
    // It maps corners, not centres, of pixels: up to half a pixel of the tensor beside ours.
    tolerance: () => ({ most: 12, mean: 5 }),
  },
];

/**
 * Peers by name; all without names, none for `none`.
 * @throws {InvalidArgumentError} ERR_ARGUMENT an unknown name.
 */
export function choosePeers(names?: readonly string[]): BenchPeer[] {
  if (names?.length === 1 && names[0] === 'none') return [];
  const unknown = names?.find((name) => !peers.some((peer) => peer.name === name));
  if (unknown !== undefined) {
    const known = peers.map(({ name }) => name).join(', ');
    throw new InvalidArgumentError({ subject: 'bench peer', expected: `none, or some of ${known}`, received: unknown });
  }
  return peers.filter(({ name }) => names?.includes(name) ?? true);
}

/** The Python to ask: the one named by option or by REFLEXARC_PYTHON, else `.venv` of this repository, else python3. */
export function findPython(named = process.env.REFLEXARC_PYTHON): string {
  if (named) return named;
  const own = fileURLToPath(new URL('../../.venv/bin/python', import.meta.url));
  return existsSync(own) ? own : 'python3';
}

/**
 * Times peers on cases. A peer's tensor is compared with ours before it is timed, and refused beyond its tolerance. Then
 * peer and kernels take turns of about 15 ms each, of which the median counts: what one is slowed down by, the others are,
 * too. Runs that waited for a processor do not count, see {@link isUndisturbed}.
 * Rejects with the signal's reason once it is aborted; whatever goes wrong with a peer is a result.
 */
export async function benchPeers(
  chosen: readonly BenchPeer[],
  cases: readonly BenchCase[],
  options: BenchPeersOptions,
): Promise<BenchPeerResult[]> {
  const results: BenchPeerResult[] = [];
  for (const peer of chosen) {
    let at = 0;
    while (at < cases.length) {
      options.signal?.throwIfAborted();
      using child = start(peer, options);
      if (!child) {
        results.push({
          peer: peer.name,
          skipped: 'the programs that speak for other libraries are not in the installed package',
        });
        break;
      }
      const greeting = await child.greeting().catch(failureOnly);
      if (greeting instanceof PeerFailure || 'missing' in greeting) {
        const reason = greeting instanceof PeerFailure ? greeting.message : greeting.missing;
        results.push({ peer: peer.name, skipped: `${reason}; to have it: ${peer.install}` });
        break;
      }
      const { version } = greeting;
      for (let broken = false; !broken && at < cases.length; at++) {
        const label = { peer: peer.name, case: cases[at].name, version };
        const outcome = await compare(peer, child, cases[at], label, options).catch(failureOnly);
        broken = outcome instanceof PeerFailure;
        if (outcome instanceof PeerFailure) results.push({ ...label, failed: outcome.message });
        else results.push(...outcome);
        options.onDone?.(1);
      }
    }
    if (at < cases.length) options.onDone?.(cases.length - at);
  }
  return results;
}

function start({ command: [program, ...args] }: BenchPeer, options: BenchPeersOptions): PeerProcess | undefined {
  if (!existsSync(args[0])) return undefined;
  const { signal, timeoutMs } = options;
  return new PeerProcess(program === 'python' ? findPython(options.python) : program, args, signal, timeoutMs);
}

function failureOnly(error: unknown): PeerFailure {
  if (error instanceof PeerFailure) return error;
  throw error;
}

const turnMs = 15;
const timeLimitMs = 3000;
const mostMs = 15_000;
const fewestPairs = 10;

async function compare(
  peer: BenchPeer,
  child: PeerProcess,
  each: BenchCase,
  label: { peer: string; case: string; version: string },
  { kernels, samples, signal }: BenchPeersOptions,
): Promise<BenchPeerResult[]> {
  if (each.spec.dataType === 'float16') return [{ ...label, skipped: 'it makes no float16' }];
  if (each.pictures > 1) return [{ ...label, skipped: 'it knows no tiles' }];
  const picture = softPicture(each.layout);
  const tensor = await child.prepare(describe(each), rotatedFrames(each), picture);
  if ('unsupported' in tensor) return [{ ...label, skipped: tensor.unsupported }];

  const rigs = kernels.map((tier) => new BenchRig(tier, each, picture));
  try {
    rigs[0].run(0);
    const difference = tensorDifference(each.spec, rigs[0].tensor(0), tensor);
    const refused = problemOf(difference, peer.tolerance(each), tensor.byteLength, each.tensorBytes);
    if (refused || !difference) return [{ ...label, refused: refused ?? 'no numbers', difference }];

    const ownTurns = rigs.map((rig) => new Turns((runs) => timeRig(rig, runs)));
    const peerTurns = new Turns((runs) => child.time(runs));
    const turns = [peerTurns, ...ownTurns];
    for (const each of turns) await each.calibrate();
    const began = performance.now();
    let n = 0;
    let disturbed = 0;
    for (let ms = 0; n < samples && ms < (n < fewestPairs ? mostMs : timeLimitMs); ms = performance.now() - began) {
      // The first of a round is another one each time.
      for (let i = 0; i < turns.length; i++) await turns[(n + disturbed + i) % turns.length].take();
      const quiet = turns.every((each) => each.isQuiet);
      if (quiet) for (const each of turns) each.keep();
      if (quiet) n++;
      else disturbed++;
      signal?.throwIfAborted();
    }
    if (n < Math.min(samples, fewestPairs)) {
      return [
        { ...label, failed: `the machine is busy: other programs got between ${disturbed} of ${n + disturbed} pairs` },
      ];
    }
    const medianMs = median(peerTurns.ms);
    return ownTurns.map(({ ms }, i) => {
      const path = kernels[i].tier;
      const compared = { medianMs, ownMedianMs: median(ms), ...pairedSpeedup(ms, peerTurns.ms), n, disturbed };
      return { ...label, path, ...compared, difference };
    });
  } finally {
    for (const rig of rigs) rig[Symbol.dispose]();
  }
}

/** Times of one side of the pairs, a median per turn. */
class Turns {
  readonly ms: number[] = [];
  readonly #time: (runs: number) => RunTime[] | Promise<RunTime[]>;
  #runs = 1;
  #last = Number.NaN;

  constructor(time: (runs: number) => RunTime[] | Promise<RunTime[]>) {
    this.#time = time;
  }

  /** Warms up, and finds how many runs fill a turn. */
  async calibrate(): Promise<void> {
    const began = performance.now();
    let shortest = Number.POSITIVE_INFINITY;
    do shortest = Math.min(shortest, ...(await this.#time(2)).map(({ ms }) => ms));
    while (performance.now() - began < 200);
    this.#runs = Math.min(32, Math.max(1, Math.round(turnMs / shortest)));
  }

  async take(): Promise<void> {
    this.#last = median((await this.#time(this.#runs)).filter(isUndisturbed).map(({ ms }) => ms));
  }

  /** True if any run of the last turn was undisturbed. */
  get isQuiet(): boolean {
    return !Number.isNaN(this.#last);
  }

  /** Counts the last turn. */
  keep(): void {
    this.ms.push(this.#last);
  }
}

// As a peer does it: one run first that is not timed, after whatever has been in the caches.
function timeRig(rig: BenchRig, runs: number): RunTime[] {
  rig.run(rig.next++);
  return Array.from({ length: runs }, () => {
    const used = process.cpuUsage();
    const start = performance.now();
    rig.run(rig.next++);
    const ms = performance.now() - start;
    const { user, system } = process.cpuUsage(used);
    return { ms, cpuMs: (user + system) / 1000 };
  });
}

function problemOf(
  difference: TensorDifference | undefined,
  tolerance: Tolerance,
  bytes: number,
  expectedBytes: number,
): string | undefined {
  if (bytes !== expectedBytes) return `its tensor has ${bytes} bytes of ${expectedBytes}`;
  if (!difference) return 'its tensor holds values that are no numbers';
  const { most, mean } = difference;
  if (most <= tolerance.most && mean <= tolerance.mean) return undefined;
  const limits = `${tolerance.most} at most and ${tolerance.mean} on average`;
  return `its tensor differs from ours by ${most.toFixed(1)} at most and ${mean.toFixed(2)} on average, in steps of 8 bits; allowed are ${limits}`;
}

/** A case in words that need no knowledge of this package; what peers read. */
function describe({ layout, spec, plan, matrix }: BenchCase): object {
  return {
    format: layout.format,
    width: layout.codedWidth,
    height: layout.codedHeight,
    filter: spec.filter,
    tensorWidth: spec.width,
    tensorHeight: spec.height,
    placement: plan.placement,
    pad: spec.pad,
    scale: spec.scale,
    mean: spec.mean,
    dataType: spec.dataType,
    layout: spec.layout,
    colorOrder: spec.colorOrder,
    quantization: spec.quantization,
    matrix,
  };
}
