import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { InvalidArgumentError, KernelError } from '../core/error.js';
import { parse } from '../core/parse.js';
import { type FrameLayout, isYuvFormat, measureLayout, type PixelFormat } from '../core/pixel-format.js';
import { type PreprocessSpec, preprocessSpecSchema } from '../core/preprocess-spec.js';
import { bytesPerElement } from '../core/tensor.js';
import { encodePictureCase } from '../kernels/check-case.js';
import type { Kernels } from '../kernels/kernels.js';
import { loadKernels } from '../kernels/load-kernels.node.js';
import { type PicturePlan, planPicture } from '../kernels/picture-plan.js';
import { ReferencePreprocess } from '../kernels/reference/preprocess.js';
import { planLetterbox } from '../preprocess/letterbox.js';
import { createPlan } from '../preprocess/plan.js';
import { median } from './median.js';

/** Ways to run the kernels. `native-*` run where the check driver is built for this machine's own instruction set. */
export const benchPaths = ['reference', 'wasm-scalar', 'wasm-simd', 'native-sse', 'native-neon'] as const;
export type BenchPath = (typeof benchPaths)[number];

/** Cases timed when none is asked for; the first six carry the limits of this package. */
export const benchCases = [
  'rgba-1920x1080-letterbox-bilinear-608-f32-nchw',
  'rgba-1280x720-letterbox-bilinear-416-f32-nchw',
  'i420-1920x1080-letterbox-bilinear-608-f32-nchw',
  'nv12-1920x1080-letterbox-bilinear-608-f32-nchw',
  'i420-1280x720-letterbox-bilinear-416-f32-nchw',
  'nv12-1280x720-letterbox-bilinear-416-f32-nchw',
  'rgba-1920x1080-letterbox-bilinear-640-f32-nchw',
  'rgb-1280x720-letterbox-bilinear-416-f32-nchw',
  'rgba-1280x720-letterbox-bilinear-416-f16-nchw',
  'rgba-1280x720-stretch-bilinear-224-u8-nhwc',
  'rgba-320x240-letterbox-bilinear-608-f32-nchw',
  'rgba-1280x720-letterbox-bilinear-antialias-416-f32-nchw',
] as const;

/** What to time. */
export interface BenchPreprocessOptions {
  /** Names like those of {@link benchCases}; all of these by default. */
  cases?: readonly string[];
  /** All by default. */
  paths?: readonly BenchPath[];
  /** Timed runs per row, at most; a row ends earlier after five seconds, but not before 5 runs. 200 by default. */
  samples?: number;
  signal?: AbortSignal;
  onProgress?: (done: number, total: number) => void;
}

/** Medians over `n` runs, in ms. */
export interface BenchPreprocessRow {
  case: string;
  path: BenchPath;
  medianMs: number;
  /** `memory.copy` (natively memcpy) of (source + tensor bytes) / 2, measured in turn with the kernel. */
  yardstickMs: number;
  ratio: number;
  /** Of a YUV case in wasm or TypeScript: its median to that of the same case of RGBA, measured in turn with it. */
  toRgba?: number;
  n: number;
}

/** Rows that were timed, and paths that were not. */
export interface BenchPreprocessReport {
  rows: BenchPreprocessRow[];
  skipped: { path: BenchPath; reason: string }[];
}

interface BenchCase {
  name: string;
  layout: FrameLayout;
  spec: PreprocessSpec;
  picture: PicturePlan;
  source: Uint8Array;
  expected: Uint8Array;
}

const frameCount = 8;
const timeLimitMs = 5000;
const warmUpMs = 300;

/**
 * Times preprocessing against the speed of memory. The result of every path is compared with the oracle bit for bit
 * before it is timed. Eight frames and eight tensors, already in kernel memory, take turns, so that no cache holds
 * them all; copying a frame into kernel memory is not part of a row.
 * @throws {InvalidArgumentError} ERR_ARGUMENT unknown case or path. @throws {KernelError} ERR_KERNEL a path differs from the oracle.
 */
export async function benchPreprocess(options: BenchPreprocessOptions = {}): Promise<BenchPreprocessReport> {
  const paths = options.paths ?? benchPaths;
  for (const path of paths) {
    if (!benchPaths.includes(path)) throw unknown('path', path, benchPaths.join(', '));
  }
  const names = options.cases ?? benchCases;
  const cases = names.map(prepareCase);
  const samples = options.samples ?? 200;
  const report: BenchPreprocessReport = { rows: [], skipped: [] };
  let done = 0;
  const total = cases.length * paths.length;
  for (const path of paths) {
    const native = path === 'native-sse' || path === 'native-neon' ? await findDriver(path) : undefined;
    if (native?.reason) report.skipped.push({ path, reason: native.reason });
    for (const each of cases) {
      options.signal?.throwIfAborted();
      if (native?.driver) report.rows.push(await timeNative(each, path, native.driver, samples));
      else if (!native) report.rows.push(await timeKernels(each, path as Kernels['tier'], samples, options.signal));
      options.onProgress?.(++done, total);
    }
  }
  return report;
}

const casePattern =
  /^(rgba|rgbx|bgra|bgrx|rgb|bgr|gray8|i420|nv12)-(\d+)x(\d+)-(letterbox|stretch)-(bilinear-antialias|bilinear)-(\d+)-(f32|f16|u8)-(nchw|nhwc)$/;
const dataTypes: Record<string, PreprocessSpec['dataType']> = { f32: 'float32', f16: 'float16', u8: 'uint8' };

function prepareCase(name: string): BenchCase {
  const match = casePattern.exec(name);
  if (!match) throw unknown('case', name, `names like ${benchCases[0]}`);
  const [, format, width, height, resize, filter, size, dataType, tensorLayout] = match;
  const spec = parse(
    preprocessSpecSchema,
    {
      ...{
        width: Number(size),
        height: Number(size),
        resize,
        filter,
        layout: tensorLayout,
        dataType: dataTypes[dataType],
      },
      ...(dataType === 'u8' ? {} : { scale: 1 / 255 }),
    },
    `case ${name}`,
  );
  const pixelFormat = format.toUpperCase() as PixelFormat;
  const [codedWidth, codedHeight] = [Number(width), Number(height)];
  const frame = { format: pixelFormat, codedWidth, codedHeight };
  const { strideBytes, byteLength } = measureLayout(frame);
  const layout: FrameLayout = { ...frame, strideBytes };
  const picture = planPicture(layout, spec, planLetterbox(codedWidth, codedHeight, spec).placement);
  const source = new Uint8Array(byteLength);
  // A picture with gradients and noise; the kernels' time does not depend on it.
  for (let i = 0; i < source.length; i++) source[i] = (i + (Math.imul(i, 0x9e3779b1) >>> 27)) & 255;
  const carrier = { float32: Float32Array, float16: Uint16Array, uint8: Uint8Array }[spec.dataType];
  const output = new carrier(spec.width * spec.height * 3);
  new ReferencePreprocess(picture).run(source, output);
  return { name, layout, spec, picture, source, expected: new Uint8Array(output.buffer) };
}

async function timeKernels(
  each: BenchCase,
  path: Kernels['tier'],
  samples: number,
  signal?: AbortSignal,
): Promise<BenchPreprocessRow> {
  using subject = await openSubject(each, path);
  const rgba = isYuvFormat(each.layout.format) ? prepareCase(each.name.replace(/^\w+/, 'rgba')) : undefined;
  using twin = rgba && (await openSubject(rgba, path));
  const kernelMs: number[] = [];
  const yardstickMs: number[] = [];
  const twinMs: number[] = [];
  const started = performance.now();
  let measuring = started;
  for (let s = 0; kernelMs.length < samples; s++) {
    const f = s % frameCount;
    // The frame of four turns ago, so that the yardstick does not warm the kernel's.
    const g = (f + frameCount / 2) % frameCount;
    const start = performance.now();
    subject.copy(f);
    const between = performance.now();
    subject.run(g);
    const end = performance.now();
    twin?.run(g);
    const after = performance.now();
    if (end - started < warmUpMs && s < 4 * frameCount * 8) {
      measuring = end;
      continue;
    }
    yardstickMs.push(between - start);
    kernelMs.push(end - between);
    twinMs.push(after - end);
    if (end - measuring > timeLimitMs && kernelMs.length >= 5) break;
    if (s % 64 === 0) signal?.throwIfAborted();
  }
  const timed = row(each.name, path, median(kernelMs), median(yardstickMs), kernelMs.length);
  return twin ? { ...timed, toRgba: timed.medianMs / median(twinMs) } : timed;
}

/** A case made ready to run on one of several frames, its result compared with the oracle, and its yardstick. */
interface BenchSubject extends Disposable {
  run(frame: number): void;
  copy(frame: number): void;
}

async function openSubject(each: BenchCase, path: Kernels['tier']): Promise<BenchSubject> {
  const { layout, spec, source, expected } = each;
  // With a memory of its own, which nothing else makes grow: that would detach the views below.
  const kernels = await loadKernels({ tier: path });
  const plan = createPlan(kernels, layout, spec);
  const half = Math.floor((source.byteLength + expected.byteLength) / 2);
  const frameBytes = Math.max(source.byteLength, half);
  const tensorElements = Math.max(expected.byteLength, half) / bytesPerElement[spec.dataType];
  const shape = plan.shape;
  const frames = Array.from({ length: frameCount }, () => kernels.allocate(frameBytes));
  // Long enough for the yardstick too; the tensor is the beginning of each.
  const targets = Array.from({ length: frameCount }, () =>
    kernels.allocate(Math.ceil(tensorElements) * bytesPerElement[spec.dataType]),
  );
  const carrier = { float32: Float32Array, float16: Uint16Array, uint8: Uint8Array }[spec.dataType];
  const pictures = frames.map((frame) => {
    frame.bytes.set(source);
    return { ...layout, data: frame.bytes.subarray(0, source.byteLength) };
  });
  const tensors = targets.map(({ pointer }) => ({
    name: 'input',
    dataType: spec.dataType,
    shape,
    data: new carrier(
      kernels.memory.buffer as ArrayBuffer,
      pointer,
      expected.byteLength / bytesPerElement[spec.dataType],
    ),
  }));
  for (let f = 0; f < frameCount; f++) plan.run(pictures[f], tensors[f]);
  for (const { bytes } of targets) checkResult(each, path, bytes.subarray(0, expected.byteLength));

  return {
    run: (frame) => plan.run(pictures[frame], tensors[frame]),
    copy: (frame) => kernels.copy(targets[frame].pointer, frames[frame].pointer, half),
    [Symbol.dispose]: () => {
      plan.close();
      for (const block of [...frames, ...targets]) block.close();
    },
  };
}

function checkResult({ name, expected }: BenchCase, path: BenchPath, actual: Uint8Array): void {
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

const nativeBuild = fileURLToPath(new URL('../../native/build.mjs', import.meta.url));

/** The driver of a native path, built if need be, or why there is none. */
async function findDriver(path: 'native-sse' | 'native-neon'): Promise<{ driver?: string; reason?: string }> {
  const own = process.arch === 'arm64' ? 'native-neon' : process.arch === 'x64' ? 'native-sse' : undefined;
  if (path !== own) return { reason: `this machine is ${process.arch}; emulated time says nothing` };
  if (!existsSync(nativeBuild)) return { reason: 'the C sources are not part of the installed package' };
  const name = path.slice('native-'.length);
  try {
    const { stdout } = await run(process.execPath, [nativeBuild, name]);
    const report = JSON.parse(stdout.toString()) as { built: Record<string, string>; skipped: Record<string, string> };
    return report.built[name] ? { driver: report.built[name] } : { reason: report.skipped[name] };
  } catch (error) {
    return { reason: `the driver does not build: ${(error as Error).message}` };
  }
}

async function timeNative(
  each: BenchCase,
  path: BenchPath,
  driver: string,
  samples: number,
): Promise<BenchPreprocessRow> {
  const input = encodePictureCase(each.picture, each.source);
  checkResult(each, path, (await run(driver, ['1'], input)).stdout);
  const { stdout } = await run(driver, ['1', 'bench', String(samples)], input);
  const { medianMs, yardstickMs, n } = JSON.parse(stdout.toString()) as Record<
    'medianMs' | 'yardstickMs' | 'n',
    number
  >;
  return row(each.name, path, medianMs, yardstickMs, n);
}

/** Runs a program to its end. Rejects with what it wrote to stderr if it fails. */
function run(command: string, args: string[], input?: Uint8Array): Promise<{ stdout: Buffer }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    const stdout: Buffer[] = [];
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve({ stdout: Buffer.concat(stdout) });
      else reject(new Error(`${command} ended with ${code}: ${stderr.trim().slice(-500)}`));
    });
    // A driver that ends early closes the pipe; its exit code and stderr say why.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}

function row(name: string, path: BenchPath, medianMs: number, yardstickMs: number, n: number): BenchPreprocessRow {
  return { case: name, path, medianMs, yardstickMs, ratio: medianMs / yardstickMs, n };
}

function unknown(what: string, received: string, expected: string): InvalidArgumentError {
  return new InvalidArgumentError({ subject: `bench ${what}`, expected: `one of ${expected}`, received });
}
