import { InvalidArgumentError, ReflexarcError, UnsupportedError } from '../core/error.js';
import { describeMachine, type Machine } from './machine.node.js';
import { PeerFailure } from './peer-process.node.js';

/** One number of a case. */
export interface BridgeFigure {
  name: string;
  value: number;
  unit: 'ms' | 'µs' | '×' | 'MB' | 'fps' | '';
  /** What it may be at most; absent where nothing is promised. */
  limit?: number;
  /** Samples of this figure, where they are not the case's. */
  n?: number;
}

/** What one case measured, over `n` samples. */
export interface BridgeResult {
  case: string;
  n: number;
  figures: BridgeFigure[];
}

/** What a case is given. */
export interface BridgeCaseOptions {
  /** Samples, at most; a case takes fewer where one takes long. */
  samples: number;
  /** The Python that has the libraries to compare with; else that of the environment. */
  python?: string;
  /** A YOLOX model of 416 × 416, for the cases that run a pipeline. */
  model?: string;
  /** A video, for those. */
  video?: string;
  signal?: AbortSignal;
}

/** One thing that `bench bridge` measures. It checks the results first, and measures what it compares in turns. */
export interface BridgeCase {
  name: string;
  /** What is compared with what, in one line. */
  what: string;
  /**
   * @throws {UnsupportedError} ERR_UNSUPPORTED what it needs is not here: it is left out. @throws {ReflexarcError}
   * @throws {PeerFailure} it failed.
   */
  run(options: BridgeCaseOptions): Promise<Omit<BridgeResult, 'case'>>;
}

/** All cases; each is loaded when it is run. */
export const bridgeCases: readonly BridgeCase[] = [
  {
    name: 'onnx-native-relu',
    what: "one Relu over 1 × 3 × 640 × 640, against onnxruntime-node's own run of the same library",
    run: async (options) => (await import('./bench-onnx-native.node.js')).benchOnnxNative(options),
  },
  {
    name: 'openvino-python',
    what: "the built-in model on openvino, against the infer request of OpenVINO's own Python",
    run: async ({ samples, python, signal }) =>
      (await import('./bench-openvino.node.js')).benchOpenVino({ samples, python, signal }),
  },
  {
    name: 'ring',
    what: 'a frame of 640 × 640 RGB to a child process and its answer back, in shared memory',
    run: async (options) => (await import('./bench-ring.node.js')).benchRing(options),
  },
  {
    name: 'host-pipeline',
    what: 'frames of --video to boxes of --model in a child of the host, against a script of OpenCV and OpenVINO in Python',
    run: async (options) => (await import('./bench-host-pipeline.node.js')).benchHostPipeline(options),
  },
  {
    name: 'result-to-page',
    what: 'results of a host on their way to a page in headless Chromium, beside bare messages of a WebSocket',
    run: async (options) => (await import('./bench-transit.node.js')).benchTransit(options),
  },
  {
    name: 'recovery',
    what: 'a child of a host that is killed, and one that is stopped, until there are results again',
    run: async (options) => (await import('./bench-recovery.node.js')).benchRecovery(options),
  },
];

/** What was measured, and what could not be. */
export interface BenchBridgeReport {
  machine: Machine;
  results: BridgeResult[];
  /** Cases for which something is not installed. */
  skipped: { case: string; reason: string }[];
  /** Cases that broke down, or whose results differ from what they are compared with. */
  failed: { case: string; reason: string }[];
  /** Whether there are figures, each keeps its limit, no case failed, and none that was named was skipped. */
  withinLimits: boolean;
}

/**
 * Runs cases one after the other; of one that fails the report says why, and the next one runs.
 * @param names all by default; what is named must not be skipped. @param known the list that they are of.
 * @throws {InvalidArgumentError} ERR_ARGUMENT an unknown case.
 */
export async function benchBridge(
  names: readonly string[] | undefined,
  options: BridgeCaseOptions & { onProgress?: (done: number, total: number) => void },
  known: readonly BridgeCase[] = bridgeCases,
): Promise<BenchBridgeReport> {
  const chosen = names?.map((name) => findCase(name, known)) ?? known;
  const machine = describeMachine();
  const report: BenchBridgeReport = { machine, results: [], skipped: [], failed: [], withinLimits: false };
  for (const [index, { name, run }] of chosen.entries()) {
    options.onProgress?.(index, chosen.length);
    try {
      report.results.push({ case: name, ...(await run(options)) });
    } catch (error) {
      options.signal?.throwIfAborted();
      if (!(error instanceof ReflexarcError || error instanceof PeerFailure)) throw error;
      const list = error instanceof UnsupportedError ? report.skipped : report.failed;
      list.push({ case: name, reason: error.message });
    }
  }
  const { results, skipped, failed } = report;
  const complete = results.length > 0 && failed.length === 0 && !(names && skipped.length > 0);
  report.withinLimits = complete && results.every(({ figures }) => figures.every(isWithinLimit));
  return report;
}

/** Whether a figure is as promised. */
export function isWithinLimit({ value, limit = Number.POSITIVE_INFINITY }: BridgeFigure): boolean {
  return value <= limit;
}

function findCase(name: string, cases: readonly BridgeCase[]): BridgeCase {
  const found = cases.find((each) => each.name === name);
  if (found) return found;
  const known = cases.map((each) => each.name);
  throw new InvalidArgumentError({
    subject: 'bench case',
    expected: `one of ${known.join(', ')}`,
    received: name,
    details: { known },
  });
}
