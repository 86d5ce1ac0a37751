import type { PipelineDefinitionInput } from '../../../../src/core/definition.js';
import { type SerializedError, serializeError } from '../../../../src/core/error.js';
import type { Detection, FrameFault } from '../../../../src/core/result.js';
import { createPipeline } from '../../../../src/pipeline/create-pipeline.web.js';
import type { PipelineHealth } from '../../../../src/pipeline/health.js';
import type { PipelineInfo, PipelineStats } from '../../../../src/pipeline/pipeline.js';
import type { Mishap } from '../fragile-worker.js';

/** What befalls the workers of a run, and when. */
export interface Plan {
  /** Results after which the worker of then is broken. */
  after?: Record<number, Mishap>;
  /** What befalls the first worker, the second, …, as soon as it is spoken to. */
  starts?: (Mishap | '')[];
  /** The same for all workers after those. */
  later?: Mishap;
  /** Closes the pipeline this many ms after the first worker was lost. */
  closeAfterMs?: number;
  /** Aborts the opening after this many ms. */
  abortAfterMs?: number;
  /** Leaves `onFault` out. */
  deaf?: boolean;
  /** Ends the run once these have come, in this order. */
  until?: PipelineHealth['type'][];
  /** Ends the run after this many results. */
  results?: number;
}

/** What was seen of a run. */
export interface Story {
  results: { frame: number; timestamp: number; items: Detection[] }[];
  faults: FrameFault[];
  health: PipelineHealth[];
  /** Workers that were made. */
  workers: number;
  info?: PipelineInfo;
  stats?: PipelineStats;
  error?: SerializedError;
}

const opened: MediaStreamTrack[] = [];

/** Tracks that this page's pipelines have opened, and how many of them are still on. */
export function streams(): { opened: number; live: number } {
  return { opened: opened.length, live: opened.filter(({ readyState }) => readyState === 'live').length };
}

/** Runs a definition whose workers break as planned, and tells what came of it. */
export async function live(definition: PipelineDefinitionInput, plan: Plan = {}): Promise<Story> {
  const story: Story = { results: [], faults: [], health: [], workers: 0 };
  const breaker = new BroadcastChannel('mishaps');
  const signal = plan.abortAfterMs === undefined ? undefined : AbortSignal.timeout(plan.abortAfterMs);
  let close = () => {};
  try {
    const pipeline = await createPipeline(definition, {
      signal,
      workerFactory() {
        const name = plan.starts?.[story.workers] ?? plan.later ?? '';
        story.workers++;
        return new Worker(new URL('../fragile-worker.ts', import.meta.url), { type: 'module', name });
      },
      onStream: (stream) => void opened.push(...stream.getTracks()),
      onFault: plan.deaf ? undefined : (fault) => void story.faults.push(fault),
      onHealth(health) {
        story.health.push(health);
        if (health.type === 'restarting' && plan.closeAfterMs !== undefined) setTimeout(close, plan.closeAfterMs);
      },
    });
    close = () => void pipeline.close();
    try {
      for await (const { frame, timestamp, items } of pipeline.run()) {
        story.results.push({ frame, timestamp, items: items as Detection[] });
        const mishap = plan.after?.[story.results.length];
        if (mishap) breaker.postMessage(mishap);
        if (story.results.length === plan.results || hasCome(plan.until, story.health)) break;
      }
    } finally {
      story.info = pipeline.info;
      await pipeline.close();
      story.stats = pipeline.stats;
    }
  } catch (error) {
    story.error = serializeError(error);
  } finally {
    breaker.close();
  }
  return story;
}

function hasCome(wanted: Plan['until'], health: readonly PipelineHealth[]): boolean {
  if (!wanted) return false;
  let next = 0;
  for (const { type } of health) if (type === wanted[next]) next++;
  return next === wanted.length;
}
