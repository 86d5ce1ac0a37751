import { setTimeout as sleep } from 'node:timers/promises';
import type { Answers } from '../../src/bridge/answers.js';
import type { BridgeMessage } from '../../src/bridge/message.js';
import type { TestHost } from '../host/test-host.js';
import type { VideoDeviceStandIn } from '../v4l2-stand-in.js';
import { ageOf, childrenOf, ringOf, waitedFor } from './processes.js';
import type { SoakClient } from './soak-client.js';
import type { StoredBundles } from './store-bundles.js';
import { knock, misbehave } from './strangers.js';

/** What faults are made with. */
export interface FaultGround {
  host: TestHost;
  bundles: StoredBundles;
  camera: VideoDeviceStandIn;
  /** How long the host keeps streams of a page that is gone, in ms. */
  graceMs: number;
  /** Whether what takes too long is a problem. */
  timed: boolean;
  /** A number below 2^32. */
  random(): number;
}

/** What came of a fault. */
export interface FaultOutcome {
  /** In words. */
  outcome: string;
  /** What should not have been. */
  problem?: string;
  /** From the fault to the host's word of it, and to results that come again, in ms, announced waits left out. */
  detectMs?: number;
  recoverMs?: number;
  /** What of that a new process took, from its start to its being ready. */
  loadMs?: number;
  /** What of that the host, and this process, waited for a processor. */
  waitedMs?: number;
}

const patienceMs = 60_000;
/** What a pipeline may take for results to come again, beside what its new child takes to load. */
export const recoveryMs = 1000;
/** Silence after which a child hangs, in the definitions of a soak. */
export const hangMs = 1500;
// Looks and heartbeats are a tenth of the limit apart, and a machine that is busy comes late.
const hangSlackMs = 0.3 * hangMs + 300;

/** A child is killed or stopped: it is replaced, or the next runtime takes over. */
export async function loseChild(
  client: SoakClient,
  signal: 'SIGKILL' | 'SIGSTOP',
  { host, timed }: FaultGround,
): Promise<FaultOutcome> {
  const [child] = client.children;
  const pipeline = client.pipeline;
  if (!child || !pipeline) return { outcome: 'no child' };
  const { pageFaults } = client;
  const undisturbed = !client.busy.page;
  client.losses++;
  const began = performance.now();
  let told: number | undefined;
  const waited = () => waitedFor(host.pid) + waitedFor(process.pid);
  const waitedBefore = waited();
  let waitMs = 0;
  let loadMs: number | undefined;
  let reason = '';
  let back = '';
  process.kill(child, signal);
  const seen = await client.watch((message) => {
    const health = healthOf(message);
    if (health?.type === 'restarting' && health.reason !== 'connection') {
      told ??= performance.now();
      reason ||= health.reason;
      waitMs += health.waitMs;
    } else if (health?.type === 'fallback') back = `${health.from} → ${health.to}`;
    else if (health?.type === 'restored') back = 'restored';
    const successor = client.children.at(-1);
    if (health && back !== '' && successor) loadMs = ageOf(successor);
    return back !== '' && message.type === 'RESULT';
  }, patienceMs);
  if (seen === 'over') return { outcome: 'the lap was over' };
  if (seen === 'late') return { outcome: 'none', problem: `${client.plan.name}: no results after ${signal}` };
  // A fallback is told when the other runtime is there.
  const detectMs = told === undefined ? undefined : told - began;
  const outcome = `${reason || 'given up'}, ${back}`;
  if (!undisturbed || client.pageFaults !== pageFaults) return { outcome: `${outcome}; the page was away, too` };
  const recoverMs = performance.now() - began - waitMs;
  // What others do on the machine is held against nobody.
  const waitedMs = waited() - waitedBefore;
  const problems: string[] = [];
  const expected = signal === 'SIGKILL' ? 'crashed' : 'hung';
  if (reason && reason !== expected) problems.push(`${reason} instead of ${expected}`);
  const silent = waitedMs + (signal === 'SIGSTOP' ? hangMs + hangSlackMs : 0);
  if (timed && signal === 'SIGSTOP' && (detectMs ?? 0) > silent) {
    problems.push(`told after ${ms(detectMs)}, allowed ${ms(silent)}`);
  }
  const limit = silent + recoveryMs + (loadMs ?? 0);
  if (timed && recoverMs > limit) problems.push(`results after ${ms(recoverMs)}, allowed ${ms(limit)}`);
  const problem = problems.length > 0 ? `${client.plan.name}, ${signal}: ${problems.join(', ')}` : undefined;
  return { outcome, detectMs, recoverMs, loadMs, waitedMs, problem };
}

/** The model is replaced by the other good one. */
export async function swap(client: SoakClient, { bundles }: FaultGround): Promise<FaultOutcome> {
  const { pipeline } = client;
  if (!pipeline) return { outcome: 'no pipeline' };
  const next = pipeline.info.model.labels[0] === 'cog' ? 0 : 1;
  const label = ['gear', 'cog'][next];
  try {
    const { labels } = await pipeline.swapModel({ type: 'bundle', path: bundles.good[next], goldenCheck: true });
    if (labels[0] !== label) return { outcome: 'swapped', problem: `swap: ${labels[0]} instead of ${label}` };
  } catch (error) {
    return refusal(client, pipeline, error as Error, 'swap');
  }
  return goesOn(client, `swapped to ${label}`);
}

/** The model is to be replaced by one that does not work: the old one goes on, without a frame that is lost. */
export async function swapBroken(client: SoakClient, { bundles, random }: FaultGround): Promise<FaultOutcome> {
  const { pipeline } = client;
  if (!pipeline) return { outcome: 'no pipeline' };
  const kinds = Object.keys(bundles.broken) as (keyof StoredBundles['broken'])[];
  const kind = kinds[random() % kinds.length];
  const { sha256 } = pipeline.info.model;
  const watched = watchFaults(client);
  try {
    await pipeline.swapModel({ type: 'bundle', path: bundles.broken[kind], goldenCheck: true });
    return { outcome: 'taken', problem: `a model that is ${kind} was taken` };
  } catch (error) {
    const { code } = error as { code?: string };
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
  if (!pipeline) return { outcome: 'no pipeline' };
  const old = client.children;
  const next = bundles.good[pipeline.info.model.labels[0] === 'cog' ? 0 : 1];
  let error: Error | undefined;
  let over = false;
  const swapping = pipeline
    .swapModel({ type: 'bundle', path: next, goldenCheck: true })
    .catch((reason: Error) => {
      error = reason;
    })
    .finally(() => {
      over = true;
    });
  let killed = false;
  while (!over && !killed) {
    const fresh = client.children.find((child) => !old.includes(child));
    if (fresh) killed = tryKill(fresh);
    await sleep(20);
  }
  client.losses++;
  await swapping;
  return goesOn(
    client,
    !killed ? 'too late to kill it' : error ? 'refused, the old one goes on' : 'its next runtime took it',
  );
}

/** A page reads nothing for a while, at times for so long that it takes its host for lost. */
export async function slow(client: SoakClient, { random }: FaultGround): Promise<FaultOutcome> {
  const held = random() % 4 === 0 ? 11_000 : 1000 + (random() % 4000);
  await client.hold(held);
  return goesOn(client, `read nothing for ${ms(held)}`);
}

/** A connection breaks; the page comes back. */
export async function cut(client: SoakClient): Promise<FaultOutcome> {
  client.cut();
  return goesOn(client, 'came back');
}

/** A page is gone for good: its pipeline ends after the grace time, and another page comes. */
export async function leave(client: SoakClient, { host, graceMs }: FaultGround): Promise<FaultOutcome> {
  const ring = client.leave();
  const end = performance.now() + graceMs + 8000;
  const has = () => childrenOf(host.pid).some((child) => ringOf(child) === ring);
  while (ring !== undefined && has()) {
    if (performance.now() > end) return { outcome: 'stays', problem: 'a child outlives the page that has left' };
    await sleep(100);
  }
  return { outcome: 'its child ended' };
}

/** The camera is pulled out, or says nothing, and comes back. */
export async function loseCamera(
  client: SoakClient,
  ground: FaultGround,
  how: 'unplug' | 'freeze',
): Promise<FaultOutcome> {
  const { camera, random } = ground;
  const away = 2500 + (random() % 2500);
  let [stalled, resumed] = [false, false];
  const watched = client.watch((message) => {
    const health = healthOf(message);
    stalled ||= health?.type === 'stalled';
    resumed ||= stalled && health?.type === 'resumed';
    return resumed && message.type === 'RESULT';
  }, patienceMs);
  if (how === 'unplug') camera.unplug();
  else camera.freeze();
  await sleep(away);
  if (how === 'unplug') camera.plug();
  else camera.thaw();
  const seen = await watched;
  if (seen === 'over') return { outcome: 'the lap was over' };
  if (seen === 'late') return { outcome: 'none', problem: `${how}: ${stalled ? 'not resumed' : 'no word of it'}` };
  return { outcome: `away ${ms(away)}, told, resumed` };
}

/** Those who may not come in knock. */
export async function strangers({ host }: FaultGround): Promise<FaultOutcome> {
  const wrong = await knock(host);
  return { outcome: 'refused', ...(wrong.length > 0 ? { problem: wrong.join(', ') } : {}) };
}

/** Somebody who was let in sends too much, nonsense, or too long a message. */
export async function abuse(
  { host, random }: FaultGround,
  how: 'flood' | 'garbage' | 'oversize',
): Promise<FaultOutcome> {
  const wrong = await misbehave(host, how, random);
  return { outcome: 'closed', ...(wrong.length > 0 ? { problem: wrong.join(', ') } : {}) };
}

async function goesOn(client: SoakClient, outcome: string): Promise<FaultOutcome> {
  const seen = client.pipeline ? await client.watch(({ type }) => type === 'RESULT', patienceMs) : 'over';
  return seen === 'late' ? { outcome, problem: `${client.plan.name}: no results after: ${outcome}` } : { outcome };
}

// A swap that was asked for may end with the lap, or with the connection.
function refusal(
  client: SoakClient,
  pipeline: unknown,
  error: Error,
  what: string,
): Promise<FaultOutcome> | FaultOutcome {
  const { code } = error as { code?: string };
  if (client.pipeline !== pipeline) return { outcome: 'the lap was over' };
  const { details } = error as { details?: { reason?: unknown } };
  if (code === 'ERR_DEVICE_LOST' && details?.reason === 'connection')
    return goesOn(client, 'asked as the page was away');
  if (code === 'ERR_CLOSED') return goesOn(client, 'asked as the lap ended');
  return { outcome: 'refused', problem: `${client.plan.name}, ${what}: ${error.message}` };
}

function watchFaults(client: SoakClient): () => number {
  let faults = 0;
  void client.watch(({ type }) => {
    if (type === 'FAULT') faults++;
    return false;
  }, patienceMs);
  return () => faults;
}

function healthOf({ type, payload }: BridgeMessage): Answers['HEALTH']['health'] | undefined {
  return type === 'HEALTH' ? (payload as Answers['HEALTH']).health : undefined;
}

function tryKill(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch {
    return false;
  }
}

function ms(value: number | undefined): string {
  return value === undefined ? 'nothing' : `${Math.round(value)} ms`;
}
