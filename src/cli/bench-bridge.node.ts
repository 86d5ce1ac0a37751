import { InvalidArgumentError, ReflexarcError } from '../core/error.js';
import { describeMachine, type Machine } from './machine.node.js';

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
  /** @throws {ReflexarcError} what it needs is not here: it is left out. */
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
    what: 'results of a host on their way to a page in headless Chromium',
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
  skipped: { case: string; reason: string }[];
  /** Whether every figure keeps its limit. */
  withinLimits: boolean;
}

/**
 * Runs cases one after the other. @param names all by default.
 * @throws {InvalidArgumentError} ERR_ARGUMENT an unknown case.
 */
export async function benchBridge(
  names: readonly string[] | undefined,
  options: BridgeCaseOptions & { onProgress?: (done: number, total: number) => void },
): Promise<BenchBridgeReport> {
  const chosen = names?.map(findCase) ?? bridgeCases;
  const report: BenchBridgeReport = { machine: describeMachine(), results: [], skipped: [], withinLimits: true };
  for (const [index, { name, run }] of chosen.entries()) {
    options.onProgress?.(index, chosen.length);
    try {
      report.results.push({ case: name, ...(await run(options)) });
    } catch (error) {
      options.signal?.throwIfAborted();
      if (!(error instanceof ReflexarcError) || error.code !== 'ERR_UNSUPPORTED') throw error;
      report.skipped.push({ case: name, reason: error.message });
    }
  }
  report.withinLimits = report.results.every(({ figures }) => figures.every(isWithinLimit));
  return report;
}

/** Whether a figure is as promised. */
export function isWithinLimit({ value, limit = Number.POSITIVE_INFINITY }: BridgeFigure): boolean {
  return value <= limit;
}

function findCase(name: string): BridgeCase {
  const found = bridgeCases.find((each) => each.name === name);
  if (found) return found;
  const known = bridgeCases.map((each) => each.name);
  throw new InvalidArgumentError({
    subject: 'bench case',
    expected: `one of ${known.join(', ')}`,
    received: name,
    details: { known },
  });
}
