import { setTimeout as sleep } from 'node:timers/promises';
import type { PipelineDefinitionInput } from '../../src/core/definition.js';
import type { PipelineInfo, PipelineStats } from '../../src/pipeline/pipeline.js';
import type { Chromium } from '../browser/chromium.js';
import type { RunFigures } from '../browser/site/scripts/measured-run.js';
import type { Site } from '../browser/site-server.js';
import { openPage } from '../browser/test-page.js';
import { type ThreadHoldings, ThreadProbe } from '../browser/thread-probe.js';
import { type Flatness, judgeFlatness } from './flatness.js';

/** How long a pipeline runs in a page, and how closely it is watched. */
export interface SoakOptions {
  definition: PipelineDefinitionInput;
  /** Shows frames on a canvas of the page. */
  preview: boolean;
  minutes: number;
  /** Seconds between two samples; each collects all garbage first. */
  everySeconds: number;
  /** What is before this does not count for flatness. */
  warmUpMinutes: number;
  /** Growth of a JavaScript heap that is allowed, in bytes per minute. */
  heapGrowth: number;
  onSample?(sample: SoakSample): void;
}

/** What a page and its worker held at one moment. */
export interface SoakSample {
  minute: number;
  pageHeapBytes: number;
  workerHeapBytes: number;
  /** All WebAssembly memories of all threads: kernels and runtime. */
  wasmBytes: number;
  kernelBytes: number;
  frameBuffers: number;
  /** Frames of ours, of the browser's and bitmaps that are not closed; the last two of all threads. */
  openFrames: number;
  videoFrames: number;
  bitmaps: number;
  workers: number;
  frames: number;
  dropped: number;
  /** Latency of the frames since the last sample, in ms. */
  p50: number;
  p99: number;
}

/** Figures of a sample that must not grow. */
export const flatFigures = [
  'pageHeapBytes',
  'workerHeapBytes',
  'wasmBytes',
  'kernelBytes',
  'frameBuffers',
  'openFrames',
  'videoFrames',
  'bitmaps',
  'workers',
] as const;

export interface SoakReport {
  info: PipelineInfo;
  stats: PipelineStats;
  samples: SoakSample[];
  flatness: Record<(typeof flatFigures)[number], Flatness>;
  flat: boolean;
  /** What was left in the page after the run was closed. */
  after: { workers: number; videoFrames: number; bitmaps: number; openFrames: number; wasmBytes: number };
}

/** Runs a pipeline in a page and watches what it holds. Fails where the run ends early or the page complains. */
export async function soakPage(chromium: Chromium, site: Site, options: SoakOptions): Promise<SoakReport> {
  const { definition, minutes, everySeconds, warmUpMinutes } = options;
  await using page = await openPage(chromium, site);
  const probe = await ThreadProbe.attach(page.page);
  const samples: SoakSample[] = [];
  const info = await page.inPage<PipelineInfo>('measured-run', 'start', definition, {
    preview: options.preview,
    worker: 'census',
  });
  const began = performance.now();
  for (let due = everySeconds; due <= minutes * 60 + 1e-6; due += everySeconds) {
    await sleep(Math.max(0, began + due * 1000 - performance.now()));
    const figures = await page.inPage<RunFigures>('measured-run', 'figures');
    const sample = summarise((performance.now() - began) / 60_000, figures, await probe.holdings());
    samples.push(sample);
    options.onSample?.(sample);
  }
  const { stats } = await page.inPage<RunFigures>('measured-run', 'stop');
  const rest = await probe.holdings();
  await probe.detach();
  if (page.complaints.length > 0) throw new Error(`the page complains: ${page.complaints.join('; ')}`);
  const judged = samples.filter(({ minute }) => minute >= warmUpMinutes);
  const times = judged.map(({ minute }) => minute);
  const flatness = Object.fromEntries(
    flatFigures.map((figure) => {
      const values = judged.map((sample) => sample[figure]);
      return [figure, judgeFlatness(times, values, figure.endsWith('HeapBytes') ? options.heapGrowth : 0)];
    }),
  ) as SoakReport['flatness'];
  return {
    info,
    stats,
    samples,
    flatness,
    flat: Object.values(flatness).every(({ flat }) => flat),
    after: {
      workers: rest.length - 1,
      videoFrames: total(rest, 'videoFrames'),
      bitmaps: total(rest, 'bitmaps'),
      openFrames: stats.openFrames,
      wasmBytes: total(rest, 'wasmBytes'),
    },
  };
}

function summarise(minute: number, { info, stats, totals }: RunFigures, threads: ThreadHoldings[]): SoakSample {
  const [page, ...workers] = threads;
  const { frameBuffers, kernelMemoryBytes } = info.allocations;
  const sorted = [...totals].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
  return {
    minute,
    pageHeapBytes: page.heapBytes,
    workerHeapBytes: total(workers, 'heapBytes'),
    wasmBytes: total(threads, 'wasmBytes'),
    kernelBytes: kernelMemoryBytes,
    frameBuffers,
    openFrames: stats.openFrames,
    videoFrames: total(threads, 'videoFrames'),
    bitmaps: total(threads, 'bitmaps'),
    workers: workers.length,
    frames: stats.frames,
    dropped: stats.drops.queue + stats.drops.stale,
    p50: at(0.5),
    p99: at(0.99),
  };
}

function total(threads: ThreadHoldings[], figure: Exclude<keyof ThreadHoldings, 'thread'>): number {
  return threads.reduce((sum, thread) => sum + thread[figure], 0);
}
