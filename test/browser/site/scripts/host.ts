import { connectHost, type Host, type HostPipelineOptions } from '../../../../src/bridge/connect-host.web.js';
import type { PipelineDefinitionInput } from '../../../../src/core/definition.js';
import { type SerializedError, serializeError } from '../../../../src/core/error.js';
import type { RuleEvent } from '../../../../src/core/result.js';
import type { PipelineInfo, PipelineStats } from '../../../../src/pipeline/pipeline.js';
import type { Found } from './pipeline.js';

/** What a pipeline on a host gave. */
export interface HostReport {
  place: 'host' | 'page';
  results: Found[];
  events: RuleEvent[];
  /** By their types; of a fallback, from where and to where. */
  health: string[];
  missed: number;
  info: PipelineInfo;
  stats: PipelineStats;
  cameras: string[];
  hash: string;
  transit?: { n: number; p50: number };
  pictures: { width: number; height: number; bytes: number }[];
  canvas?: number[];
}

/** How it is run. */
export interface HostRun {
  place?: 'host';
  /** Ends after so many results. */
  results?: number;
  /** Takes pictures, too: as JPEG, or on a canvas. */
  preview?: 'bytes' | 'canvas';
  previewQuality?: HostPipelineOptions['previewQuality'];
  /** Waits so long after each result, in ms. */
  slowMs?: number;
}

/** Connects to the host that serves this page and runs a definition there. */
export async function runOnHost(definition: PipelineDefinitionInput, run: HostRun = {}): Promise<HostReport> {
  const health: HostReport['health'] = [];
  const events: RuleEvent[] = [];
  const pictures: HostReport['pictures'] = [];
  let missed = 0;
  using host = await connectHost({ onHealth: ({ type }) => health.push(type) });
  const canvas = run.preview === 'canvas' ? document.createElement('canvas') : undefined;
  const pipeline = await host.createPipeline(definition, {
    place: run.place,
    onEvent: (event) => events.push(event),
    onHealth: (news) => {
      health.push(news.type === 'fallback' ? `${news.from} → ${news.to}` : news.type);
      if (news.type === 'restored') missed += news.missed ?? 0;
    },
    preview:
      canvas ??
      (run.preview && (({ width, height, jpeg }) => void pictures.push({ width, height, bytes: jpeg.length }))),
    previewQuality: run.previewQuality,
  });
  const results: Found[] = [];
  try {
    for await (const { spans: _spans, late: _late, ...found } of pipeline.run()) {
      results.push(found);
      if (results.length === run.results) break;
      if (run.slowMs) await new Promise((done) => setTimeout(done, run.slowMs));
    }
  } finally {
    await pipeline.close();
  }
  const { place, info, stats, transit } = pipeline;
  const cameras = host.cameras.map(({ name }) => name);
  const pixels = canvas && [...read(canvas)];
  return {
    transit,
    place,
    results,
    events,
    health,
    missed,
    info,
    stats,
    cameras,
    hash: location.hash,
    pictures,
    canvas: pixels,
  };
}

/** Tries to make a pipeline, and gives the error. */
export async function refusedByHost(
  definition: PipelineDefinitionInput,
  options: { place?: 'host'; token?: string } = {},
): Promise<SerializedError | undefined> {
  let host: Host | undefined;
  try {
    host = await connectHost({
      token: options.token,
      ...(options.token === undefined ? {} : { url: location.origin }),
    });
    const pipeline = await host.createPipeline(definition, { place: options.place });
    await pipeline.close();
    return undefined;
  } catch (error) {
    return serializeError(error);
  } finally {
    host?.close();
  }
}

// Mean of each channel.
function read(canvas: HTMLCanvasElement): number[] {
  const { width, height } = canvas;
  const context = new OffscreenCanvas(width, height).getContext('2d') as OffscreenCanvasRenderingContext2D;
  context.drawImage(canvas, 0, 0);
  const { data } = context.getImageData(0, 0, width, height);
  const sums = [0, 0, 0];
  for (let at = 0; at < data.length; at += 4) for (const channel of [0, 1, 2]) sums[channel] += data[at + channel];
  return [width, height, ...sums.map((sum) => Math.round(sum / (width * height)))];
}
