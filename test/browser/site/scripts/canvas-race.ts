import { createScene } from '../../../../src/acquire/synthetic/scene.js';
import { copyVideoFrame, nativeCopies } from '../../../../src/acquire/video-frame-copy.web.js';
import { syntheticSourceSchema } from '../../../../src/core/definition.js';
import { parse } from '../../../../src/core/parse.js';
import { type PreprocessSpec, preprocessSpecSchema } from '../../../../src/core/preprocess-spec.js';
import type { Tensor } from '../../../../src/core/tensor.js';
import { KernelFramePool } from '../../../../src/kernels/kernel-frame-pool.js';
import { loadKernels } from '../../../../src/kernels/load-kernels.web.js';
import { planLetterbox } from '../../../../src/preprocess/letterbox.js';
import { createPlan, type Plan } from '../../../../src/preprocess/plan.js';
import { toI420 } from '../../i420.js';

/** What is raced: frames of one format and size into a letterboxed float32 tensor of `size` × `size`. */
export interface RaceCase {
  format: 'I420' | 'RGBA';
  width: number;
  height: number;
  size: number;
  /** Rounds; in each, every route takes a frame. */
  rounds: number;
}

/** How a route did. */
export interface RouteFigures {
  /** ms per round. */
  times: number[];
  /** Bytes of pixels that a frame's way into JavaScript's hands copied, as its calls report them. */
  bytesRead: number;
  /** Difference of its tensor to the one of our kernels, in steps of 8 bits: mean, 99.9th percentile and largest. */
  mean: number;
  p999: number;
  max: number;
}

export type RouteName = (typeof routeNames)[number];

/** Ours first; the others are ways of a page without us. */
export const routeNames = ['reflexarc', 'canvas', 'canvas-default', 'bitmap'] as const;

export interface RaceReport {
  routes: Record<RouteName, RouteFigures>;
  /** Of our own time: copying out of the frame, and the kernels. */
  copyMs: number[];
  kernelMs: number[];
  clockResolutionMs: number;
  isolated: boolean;
}

interface Route {
  run(video: VideoFrame): Promise<void> | void;
  tensor: Float32Array;
}

const frameCount = 6;
const warmUpRounds = 12;

/**
 * Races the routes from a VideoFrame to a normalised planar tensor on the same frames, in turns. The frames hold a
 * conveyor without noise; several take turns, so that no cache holds them all. Runs in a worker.
 */
export async function race({ format, width, height, size, rounds }: RaceCase): Promise<RaceReport> {
  const spec = parse(preprocessSpecSchema, { width: size, height: size, scale: 1 / 255 }, 'race');
  const videos = photograph(format, width, height);
  const ours = await kernelRoute(videos[0], spec);
  const routes: Record<RouteName, Route> = {
    reflexarc: ours,
    canvas: canvasRoute(width, height, spec, true),
    'canvas-default': canvasRoute(width, height, spec, false),
    bitmap: bitmapRoute(width, height, spec),
  };
  const reading = countBytesRead();
  const figures = {} as Record<RouteName, RouteFigures>;
  await ours.run(videos[0]);
  for (const name of routeNames) {
    reading.bytes = 0;
    await routes[name].run(videos[0]);
    figures[name] = { times: [], bytesRead: reading.bytes, ...compare(routes[name].tensor, ours.tensor) };
  }
  reading.restore();
  ours.copyMs.length = 0;
  ours.kernelMs.length = 0;
  for (let round = -warmUpRounds; round < rounds; round++) {
    // Nobody goes first each time.
    const first = Math.abs(round) % routeNames.length;
    for (let i = 0; i < routeNames.length; i++) {
      const name = routeNames[(first + i) % routeNames.length];
      const video = videos[(Math.abs(round) + i) % frameCount];
      const began = performance.now();
      await routes[name].run(video);
      if (round >= 0) figures[name].times.push(performance.now() - began);
    }
    if (round === -1) ours.copyMs.length = ours.kernelMs.length = 0;
  }
  for (const video of videos) video.close();
  ours.close();
  return {
    routes: figures,
    copyMs: ours.copyMs,
    kernelMs: ours.kernelMs,
    clockResolutionMs: clockResolution(),
    isolated: globalThis.crossOriginIsolated,
  };
}

function photograph(format: RaceCase['format'], width: number, height: number): VideoFrame[] {
  const source = parse(syntheticSourceSchema, { type: 'synthetic', width, height, noise: 0 }, 'race');
  const scene = createScene(source);
  return Array.from({ length: frameCount }, (_, i) => {
    const rgba = new Uint8Array(width * height * 4);
    scene.render(i * 3, rgba);
    const init = { codedWidth: width, codedHeight: height, timestamp: i };
    if (format === 'RGBA') return new VideoFrame(rgba, { ...init, format });
    // As a camera gives it.
    const colorSpace = { matrix: 'smpte170m', fullRange: false } as const;
    return new VideoFrame(toI420(rgba, width, height) as Uint8Array<ArrayBuffer>, { ...init, format, colorSpace });
  });
}

/** The way of a pipeline: {@link nativeCopies} into kernel memory, then one pass of the kernels. */
async function kernelRoute(sample: VideoFrame, spec: PreprocessSpec) {
  const kernels = await loadKernels();
  const pool = new KernelFramePool(kernels);
  const tensor = kernels.allocateTensor({ name: 'input', dataType: 'float32', shape: [1, 3, spec.height, spec.width] });
  const copyMs: number[] = [];
  const kernelMs: number[] = [];
  let plan: Plan | undefined;
  if (!nativeCopies[sample.format as VideoPixelFormat]) throw new Error(`${sample.format} is not copied as it is`);
  return {
    copyMs,
    kernelMs,
    get tensor() {
      return tensor.data as Float32Array;
    },
    async run(video: VideoFrame) {
      const began = performance.now();
      const frame = await copyVideoFrame(video, { id: 0, timestamp: 0 }, pool);
      const copied = performance.now();
      plan ??= createPlan(kernels, frame, spec);
      plan.run(frame, tensor as Tensor);
      frame.close();
      copyMs.push(copied - began);
      kernelMs.push(performance.now() - copied);
    },
    close() {
      plan?.close();
      tensor.close();
    },
  };
}

/**
 * What pages do: let the browser scale onto a canvas, read that back, and normalise in a loop. The picture is scaled while
 * it is drawn, so that no more pixels are read than the tensor has.
 */
function canvasRoute(width: number, height: number, spec: PreprocessSpec, willReadFrequently: boolean): Route {
  const { left, top, width: drawnWidth, height: drawnHeight } = planLetterbox(width, height, spec).placement;
  const canvas = new OffscreenCanvas(spec.width, spec.height);
  const context = canvas.getContext('2d', { willReadFrequently, alpha: false }) as OffscreenCanvasRenderingContext2D;
  context.fillStyle = `rgb(${spec.pad} ${spec.pad} ${spec.pad})`;
  context.fillRect(0, 0, spec.width, spec.height);
  const tensor = new Float32Array(3 * spec.width * spec.height);
  return {
    tensor,
    run(video) {
      context.drawImage(video, left, top, drawnWidth, drawnHeight);
      normalise(context.getImageData(0, 0, spec.width, spec.height).data, tensor);
    },
  };
}

/** The same with a bitmap that the browser scales on the way. */
function bitmapRoute(width: number, height: number, spec: PreprocessSpec): Route {
  const { left, top, width: resizeWidth, height: resizeHeight } = planLetterbox(width, height, spec).placement;
  const canvas = new OffscreenCanvas(spec.width, spec.height);
  const options = { willReadFrequently: true, alpha: false };
  const context = canvas.getContext('2d', options) as OffscreenCanvasRenderingContext2D;
  context.fillStyle = `rgb(${spec.pad} ${spec.pad} ${spec.pad})`;
  context.fillRect(0, 0, spec.width, spec.height);
  const tensor = new Float32Array(3 * spec.width * spec.height);
  return {
    tensor,
    async run(video) {
      const bitmap = await createImageBitmap(video, { resizeWidth, resizeHeight, resizeQuality: 'low' });
      context.drawImage(bitmap, left, top);
      bitmap.close();
      normalise(context.getImageData(0, 0, spec.width, spec.height).data, tensor);
    },
  };
}

// As quick as such a loop is in JavaScript: one pass, three planes, a factor.
function normalise(rgba: Uint8ClampedArray, tensor: Float32Array): void {
  const plane = tensor.length / 3;
  const scale = 1 / 255;
  for (let i = 0, from = 0; i < plane; i++, from += 4) {
    tensor[i] = rgba[from] * scale;
    tensor[i + plane] = rgba[from + 1] * scale;
    tensor[i + 2 * plane] = rgba[from + 2] * scale;
  }
}

/** Counts what `copyTo` and `getImageData` hand over. */
function countBytesRead() {
  const frames = VideoFrame.prototype;
  const contexts = OffscreenCanvasRenderingContext2D.prototype;
  const { copyTo } = frames;
  const { getImageData } = contexts;
  const counter = {
    bytes: 0,
    restore() {
      frames.copyTo = copyTo;
      contexts.getImageData = getImageData;
    },
  };
  frames.copyTo = function (target, options) {
    counter.bytes += this.allocationSize(options);
    return copyTo.call(this, target, options);
  };
  contexts.getImageData = function (...args) {
    const image = getImageData.apply(this, args);
    counter.bytes += image.data.byteLength;
    return image;
  };
  return counter;
}

function compare(actual: Float32Array, expected: Float32Array) {
  const differences = actual.map((value, i) => Math.abs(value - expected[i]) * 255).sort();
  const mean = differences.reduce((sum, value) => sum + value, 0) / differences.length;
  return { mean, p999: differences[Math.floor(0.999 * differences.length)], max: differences[differences.length - 1] };
}

function clockResolution(): number {
  let smallest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 50; i++) {
    const began = performance.now();
    let next = began;
    while (next === began) next = performance.now();
    smallest = Math.min(smallest, next - began);
  }
  return smallest;
}
