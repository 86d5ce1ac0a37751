import { setTimeout as sleep } from 'node:timers/promises';
import { type FaultGround, type FaultOutcome, goesOn, over, patienceMs } from './fault-ground.js';
import type { SoakClient } from './soak-client.js';
import type { StoredBundles } from './store-bundles.js';

/** The model is replaced by the other good one. */
export async function swap(client: SoakClient, { bundles }: FaultGround): Promise<FaultOutcome> {
  const { pipeline } = client;
  if (!pipeline) return over();
  const next = pipeline.info.model.labels[0] === 'cog' ? 0 : 1;
  const label = ['gear', 'cog'][next];
  try {
    const { labels } = await pipeline.swapModel({ type: 'bundle', path: bundles.good[next], goldenCheck: true });
    if (labels[0] !== label) return { outcome: 'swapped', problem: `swap: ${labels[0]} instead of ${label}` };
  } catch (error) {
    if (interrupted(client, pipeline, error)) return over('asked as the lap ended, or the page was away');
    return { outcome: 'refused', problem: `${client.plan.name}, swap: ${(error as Error).message}` };
  }
  return goesOn(client, `swapped to ${label}`);
}

/** The model is to be replaced by one that does not work: the old one goes on, without a frame that is lost. */
export async function swapBroken(client: SoakClient, { bundles, random }: FaultGround): Promise<FaultOutcome> {
  const { pipeline } = client;
  if (!pipeline) return over();
  const kinds = Object.keys(bundles.broken) as (keyof StoredBundles['broken'])[];
  const kind = kinds[random() % kinds.length];
  const { sha256 } = pipeline.info.model;
  const watched = watchFaults(client);
  try {
    await pipeline.swapModel({ type: 'bundle', path: bundles.broken[kind], goldenCheck: true });
    return { outcome: 'taken', problem: `a model that is ${kind} was taken` };
  } catch (error) {
    const { code } = error as { code?: string };
    if (interrupted(client, pipeline, error)) return over('asked as the lap ended, or the page was away');
    const went = await goesOn(client, `${kind}: ${code}`);
    const lost = watched();
    if (!code) went.problem = `${kind}: refused with ${error}, which has no code`;
    if (client.pipeline === pipeline && pipeline.info.model.sha256 !== sha256)
      went.problem = `${kind}: another model runs`;
    if (lost > 0) went.problem = `${kind}: ${lost} frames lost by a swap that was refused`;
    return went;
  }
}

/** The child of a new model is killed while it loads. */
export async function swapKilled(client: SoakClient, { bundles }: FaultGround): Promise<FaultOutcome> {
  const { pipeline } = client;
  if (!pipeline) return over();
  const old = client.children;
  const next = bundles.good[pipeline.info.model.labels[0] === 'cog' ? 0 : 1];
  let error: Error | undefined;
  let settled = false;
  const swapping = pipeline
    .swapModel({ type: 'bundle', path: next, goldenCheck: true })
    .catch((reason: Error) => {
      error = reason;
    })
    .finally(() => {
      settled = true;
    });
  let killed = false;
  while (!settled && !killed) {
    const fresh = client.children.find((child) => !old.includes(child));
    if (fresh) killed = tryKill(fresh);
    await sleep(20);
  }
  client.losses++;
  await swapping;
  const went = await goesOn(client, error ? 'refused, the old one goes on' : 'its next runtime took it');
  return killed ? went : { ...went, outcome: 'too late to kill it', idle: true };
}

// A swap that was asked for may end with the lap, or with the connection.
function interrupted(client: SoakClient, pipeline: unknown, error: unknown): boolean {
  const { code, details } = error as { code?: string; details?: { reason?: unknown } };
  const away = code === 'ERR_DEVICE_LOST' && details?.reason === 'connection';
  return client.pipeline !== pipeline || away || code === 'ERR_CLOSED';
}

function watchFaults(client: SoakClient): () => number {
  let faults = 0;
  void client.watch(({ type }) => {
    if (type === 'FAULT') faults++;
    return false;
  }, patienceMs);
  return () => faults;
}

function tryKill(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch {
    return false;
  }
}
