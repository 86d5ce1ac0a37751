import { setTimeout as sleep } from 'node:timers/promises';
import { type FaultGround, type FaultOutcome, healthOf, ms, over, patienceMs } from './fault-ground.js';
import { ageOf, waitedFor } from './processes.js';
import type { SoakClient } from './soak-client.js';

/** What a pipeline may take for results to come again, beside what its new child takes to load. */
export const recoveryMs = 1000;
/** Silence after which a child hangs, in the definitions of a soak. */
export const hangMs = 1500;
// What the word of it needs to the page, and a timer that comes late.
const hangSlackMs = 100;

/** A child is killed or stopped: it is replaced, or the next runtime takes over. */
export async function loseChild(
  client: SoakClient,
  signal: 'SIGKILL' | 'SIGSTOP',
  { host, timed }: FaultGround,
): Promise<FaultOutcome> {
  const [child] = client.children;
  const pipeline = client.pipeline;
  if (!child || !pipeline) return over('no child');
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
  if (seen === 'over') return over();
  if (seen === 'late') return { outcome: 'none', problem: `${client.plan.name}: no results after ${signal}` };
  // A fallback is told when the other runtime is there.
  const detectMs = told === undefined ? undefined : told - began;
  const outcome = `${reason || 'given up'}, ${back}`;
  if (!undisturbed || client.pageFaults !== pageFaults)
    return { outcome: `${outcome}; the page or the daemon was away, too` };
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

// Of the lap of the visitor: longer than the wait of the host for a runtime that it gave up, and what comes before and after.
const visitMs = 120_000;

/**
 * A page comes whose first runtime fails until the host gives it up and goes on with the second; after a minute the host
 * sees by itself that the first one works again, and returns to it.
 */
export async function returnToPreferred(client: SoakClient): Promise<FaultOutcome> {
  const { runtime = [], recovery, pace = 1 } = client.plan.definition;
  const [preferred, other] = runtime as readonly string[];
  const turns: string[] = [];
  let restored = 0;
  let [gaveUp, returned] = [0, 0];
  const news = client.watch((message) => {
    const health = healthOf(message);
    if (health?.type === 'restored') restored++;
    if (health?.type === 'fallback') {
      turns.push(`${health.from} → ${health.to}${health.error ? ', an error' : ''}`);
      if (turns.length === 1) gaveUp = performance.now();
      else returned = performance.now();
    }
    // Past the change: frames of both sides are accounted for.
    return returned > 0 && message.type === 'RESULT';
  }, visitMs);
  const lap = client.lap(Math.round((visitMs / 1000) * pace));
  const kill = async (loss: number) => {
    const ready = await until(() => client.results > 0 && restored === loss && client.children.length > 0, news);
    if (ready) process.kill(client.children[0], 'SIGKILL');
  };
  for (let loss = 0; loss <= (recovery?.restarts ?? 0); loss++) await kill(loss);
  const seen = await news;
  const runs = client.pipeline?.info.runtime.runtime;
  await lap;
  client.close();
  const expected = [`${preferred} → ${other}, an error`, `${other} → ${preferred}`];
  const outcome = `${turns.join('; ')}, after ${ms(returned - gaveUp)}`;
  if (seen === 'seen' && turns.join() === expected.join()) return { outcome };
  return {
    outcome,
    problem: `${turns.join('; ') || 'no fallback'} (${seen}, ${runs} runs) instead of ${expected.join('; ')}`,
  };
}

// False where the lap ends before that.
async function until(isIt: () => boolean, lap: Promise<unknown>): Promise<boolean> {
  let ended = false;
  void lap.then(() => {
    ended = true;
  });
  while (!ended && !isIt()) await sleep(50);
  return !ended;
}
