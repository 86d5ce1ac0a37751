import { VideoFrameSource } from '../../../src/acquire/video-frame-source.web.js';
import { now } from '../../../src/core/clock.js';
import { serializeError } from '../../../src/core/error.js';
import type { Frame } from '../../../src/core/frame.js';
import type { FrameFault } from '../../../src/core/result.js';
import { KernelFramePool } from '../../../src/kernels/kernel-frame-pool.js';
import { loadKernels } from '../../../src/kernels/load-kernels.web.js';
import type { FrameReport, ReaderReport, Step } from './scripts/acquire.js';

// A reader of frames: does what its steps say, and reports every frame. Stands for the worker of a pipeline.
const stop = new AbortController();

addEventListener('message', async ({ data }: MessageEvent<{ port: MessagePort; steps: Step[] } | 'stop'>) => {
  if (data === 'stop') stop.abort(new Error('stopped'));
  else postMessage(await read(data.port, data.steps));
});

async function read(port: MessagePort, steps: Step[]): Promise<ReaderReport> {
  const kernels = await loadKernels();
  const pool = new KernelFramePool(kernels);
  const source = await VideoFrameSource.open(port);
  const frames: FrameReport[] = [];
  const held: Frame[] = [];
  const faults: FrameFault[] = [];
  const report: Partial<ReaderReport> = {};
  const take = async () => {
    const frame = await source.read(pool, stop.signal);
    if (!frame) report.ended = true;
    else if ('error' in frame) faults.push(frame);
    else {
      frames.push({ ...describe(frame), arrived: now() });
      return frame;
    }
    return undefined;
  };
  try {
    for (const step of steps) {
      postMessage({ step: Object.keys(step)[0] });
      if ('read' in step) for (let i = 0; i < step.read && !report.ended; i++) (await take())?.close();
      if ('pixels' in step) {
        const frame = await take();
        if (frame) report.pixels = toBase64(frame.data);
        frame?.close();
      }
      if ('skip' in step) await source.skip(step.skip, stop.signal);
      if ('wait' in step) await new Promise((resolve) => setTimeout(resolve, step.wait));
      if ('block' in step) for (const end = now() + step.block; now() < end; );
      // Memory that grows between an allocation and the end of its copy.
      if ('grow' in step) {
        const reading = take();
        await Promise.resolve();
        held.push(pool.allocate({ format: 'RGBA', codedWidth: 2048, codedHeight: step.grow, id: 0, timestamp: 0 }));
        (await reading)?.close();
      }
      if ('leak' in step) await take();
    }
  } catch (error) {
    report.error = serializeError(error);
  }
  for (const frame of held) frame.close();
  const { state, counters } = source;
  source.close();
  // What was asked for and not taken comes now, or never.
  await new Promise((resolve) => setTimeout(resolve, 100));
  const { openVideoFrames } = source.counters;
  const open = { frames: pool.openFrames, videoFrames: openVideoFrames };
  return { ...report, faults, info: source.info, frames, state, counters, open, buffers: pool.buffersMade };
}

function describe(frame: Frame): Omit<FrameReport, 'arrived'> {
  const { id, timestamp, captureTime, format, codedWidth, codedHeight, data } = frame;
  let sum = 0;
  for (const byte of data) sum = (Math.imul(sum, 31) + byte) | 0;
  return { id, timestamp, captureTime, format, codedWidth, codedHeight, sum };
}

function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
}
