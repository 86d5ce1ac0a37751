import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FfmpegSource } from '../acquire/ffmpeg-source.node.js';
import { InferenceError, InvalidArgumentError, UnsupportedError } from '../core/error.js';
import type { Frame } from '../core/frame.js';
import { FramePool } from '../core/frame-pool.js';
import type { Detection, Result } from '../core/result.js';
import { createHostPipeline } from '../host/create-host-pipeline.node.js';
import type { BridgeCaseOptions, BridgeResult } from './bench-bridge.node.js';
import { findPython } from './bench-peers.node.js';
import { median, pairedSpeedup } from './bench-statistics.js';
import { HeldFrames } from './held-frames.js';
import { PeerFailure, PeerProcess } from './peer-process.node.js';

// The same from src/cli and from dist/cli; the published package has no such folder.
const peer = fileURLToPath(new URL('../../test/bench/peers/openvino_pipeline.py', import.meta.url));
const frameCount = 8;
const warmUpFrames = 10;
const limits = { score: 0.3, iou: 0.65 };
/** What this package itself may cost of a frame's time, in ms. */
const overheadLimit = 1;
/** How far edges of boxes may be apart, in px, and scores. */
const edgeTolerance = 1;
const scoreTolerance = 0.02;

/**
 * Times a detector of YOLOX's kind on frames of a video, in a child process of a host with `openvino`, against one Python
 * script with OpenCV and OpenVINO that does the same, in turns, one thread each, from a frame in memory to boxes in px. Right before
 * each frame that is timed, both do one that is not.
 * @throws {UnsupportedError} ERR_UNSUPPORTED model or video are not named, Python with openvino or ffmpeg is not here.
 * @throws {PeerFailure} Python broke down. @throws {InferenceError} ERR_RUNTIME boxes differ.
 */
export async function benchHostPipeline(options: BridgeCaseOptions): Promise<Omit<BridgeResult, 'case'>> {
  const { samples, python = findPython(), model, video, signal } = options;
  if (model === undefined || video === undefined) throw lacking('--model and --video', 'neither or one of them');
  const frames = await readFrames(video);
  const [{ codedWidth: width, codedHeight: height }] = frames as [Frame];
  using other = new PeerProcess(python, [peer], signal);
  const library = await greet(other);
  const held = new HeldFrames(frames);
  using _ = { [Symbol.dispose]: () => frames.forEach((frame) => void frame.close()) };
  const spec = { model: resolve(model), width, height, side: 416, strides: [8, 16, 32], threads: 1, ...limits };
  await using pipeline = await createHostPipeline(
    {
      source: { type: 'synthetic' },
      model: { type: 'file', path: resolve(model), preset: 'yolox' },
      postprocess: { scoreThreshold: limits.score, iouThreshold: limits.iou },
      runtime: ['openvino'],
      runtimeOptions: { openvino: { library, precision: 'f32' } },
      slots: 1,
      queue: 'wait',
    },
    { source: held, signal },
  );
  const results = pipeline.run();
  const next = async (): Promise<Result> => {
    held.give();
    return (await results.next()).value;
  };
  // Python has one picture at a time: it is given each once, to compare the boxes.
  for (const frame of frames) {
    const rows = await other.prepare(spec, 1, frame.data);
    if ('unsupported' in rows) throw new PeerFailure(`Python refuses ${spec.model}: ${rows.unsupported}`);
    requireAlike((await next()).items as Detection[], new Float32Array(rows.slice().buffer));
  }
  const spans: Result['spans'][] = [];
  const theirs: number[] = [];
  for (let s = -warmUpFrames; s < samples; s++) {
    signal?.throwIfAborted();
    const own = async () => {
      await next();
      const { spans: taken } = await next();
      if (s >= 0) spans.push(taken);
    };
    const python = async () => {
      const [{ ms }] = await other.time(1);
      if (s >= 0) theirs.push(ms);
    };
    // Each is first in turn.
    for (const run of s % 2 ? [own, python] : [python, own]) await run();
  }
  // From the moment the frame is asked for: its copy into the ring is part of it.
  const own = spans.map(({ total }) => total);
  return {
    n: spans.length,
    figures: [
      { name: 'host, a frame to boxes', value: median(own), unit: 'ms' },
      {
        name: 'of it, overhead',
        value: median(spans.map(({ overhead }) => overhead)),
        unit: 'ms',
        limit: overheadLimit,
      },
      { name: 'of it, infer', value: median(spans.map(({ infer }) => infer)), unit: 'ms' },
      { name: 'of it, preprocess', value: median(spans.map(({ preprocess }) => preprocess)), unit: 'ms' },
      { name: "Python's OpenCV and OpenVINO", value: median(theirs), unit: 'ms' },
      { name: 'host / Python', value: 1 / pairedSpeedup(own, theirs).speedup, unit: '×' },
    ],
  };
}

async function readFrames(path: string): Promise<Frame[]> {
  const source = await FfmpegSource.open(path);
  const frames: Frame[] = [];
  const pool = new FramePool();
  try {
    while (frames.length < frameCount) {
      const frame = await source.read(pool, new AbortController().signal);
      if (!frame) break;
      frames.push(frame);
    }
  } finally {
    await source.close();
  }
  if (frames.length === 0) {
    throw new InvalidArgumentError({ subject: `--video ${path}`, expected: 'a video with frames', received: 'none' });
  }
  return frames;
}

// Its version comes first, and the library that it runs last.
async function greet(other: PeerProcess): Promise<string> {
  const greeting = await other.greeting();
  if ('missing' in greeting) throw lacking('Python with openvino and OpenCV', greeting.missing);
  return greeting.version.slice(greeting.version.lastIndexOf(' ') + 1);
}

function lacking(expected: string, received: string): UnsupportedError {
  return new UnsupportedError({
    subject: 'bench case host-pipeline',
    expected,
    received,
    remedy:
      'Name a YOLOX model of 416 × 416 and a video, and a Python that has test/fixtures/python-requirements.txt installed.',
    details: { supported: [] },
  });
}

// Rows of left, top, width, height, score, class, best first. Close scores may stand in another order.
function requireAlike(items: readonly Detection[], rows: Float32Array): void {
  const left = new Set(items);
  for (let at = 0; at < rows.length; at += 6) {
    const [x, y, width, height, score, classId] = rows.subarray(at, at + 6);
    const match = [...left].find(({ box, score: own, classId: ownClass }) => {
      const apart = [box.x - x, box.y - y, box.width - width, box.height - height].map(Math.abs);
      return ownClass === classId && Math.abs(own - score) <= scoreTolerance && Math.max(...apart) <= edgeTolerance;
    });
    if (match) left.delete(match);
    // What is about as likely as the threshold is found by one and not by the other.
    else if (score > limits.score + scoreTolerance)
      throw differ(`[${[...rows.subarray(at, at + 6)]}] as Python has it`, 'none');
  }
  const alone = [...left].find(({ score }) => score > limits.score + scoreTolerance);
  if (alone) throw differ('what Python has', JSON.stringify(alone));
}

function differ(expected: string, received: string): InferenceError {
  return new InferenceError({ subject: 'boxes', expected, received });
}
