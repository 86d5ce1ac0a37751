import { readFileSync } from 'node:fs';
import {
  createHostPipeline,
  createPipeline,
  type FrameFault,
  type HostPipeline,
  type HostPipelineOptions,
  type Pipeline,
  type PipelineDefinitionInput,
  type PipelineHealth,
  type Result,
} from 'reflexarc';

/** The built-in conveyor, whose camera and model are in the package. */
export const conveyor: PipelineDefinitionInput = {
  source: { type: 'synthetic', seed: 7, width: 640, height: 360 },
  model: { type: 'bundle', path: 'models/conveyor' },
  track: { type: 'sort' },
  rules: [{ type: 'line', id: 'gate', from: { x: 0.5, y: 0 }, to: { x: 0.5, y: 1 } }],
  frames: 45,
};

/** What two runs of the same frames must have in common. */
export type Seen = Pick<Result, 'frame' | 'timestamp' | 'items'>;

/** Runs a pipeline to its end. @param onResult called after each result with how many there were. */
export async function collect(
  pipeline: Pipeline,
  onResult: (count: number) => unknown = () => {},
): Promise<{ results: Seen[]; error: unknown }> {
  const results: Seen[] = [];
  try {
    for await (const { frame, timestamp, items } of pipeline.run()) {
      results.push({ frame, timestamp, items });
      await onResult(results.length);
    }
    return { results, error: undefined };
  } catch (error) {
    return { results, error };
  }
}

/** Runs a definition in this process's worker. */
export async function runLocally(definition: Partial<PipelineDefinitionInput> = {}): Promise<Seen[]> {
  await using pipeline = await createPipeline({ ...conveyor, ...definition });
  const { results, error } = await collect(pipeline);
  if (error) throw error;
  return results;
}

/** A pipeline of the host with all that it tells. */
export async function openHost(definition: Partial<PipelineDefinitionInput> = {}, options: HostPipelineOptions = {}) {
  const faults: FrameFault[] = [];
  const health: PipelineHealth[] = [];
  const pipeline = await createHostPipeline(
    { ...conveyor, ...definition },
    { onFault: (fault) => faults.push(fault), onHealth: (news) => health.push(news), ...options },
  );
  return { pipeline, faults, health };
}

/** Process of the child that works. */
export function pidOf(pipeline: HostPipeline): number {
  const pid = pipeline.children.at(-1)?.pid;
  if (!pid) throw new Error('no child runs');
  return pid;
}

/** True while the process is there, and no zombie. */
export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** Waits for something to become true. */
export async function until(what: () => boolean, limitMs = 20_000): Promise<void> {
  const end = performance.now() + limitMs;
  while (!what()) {
    if (performance.now() > end) throw new Error('it did not come');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
