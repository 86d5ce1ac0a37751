import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { ModelStore } from '../../src/deploy/model-store.node.js';
import { runCli } from '../host/cli-process.js';
import { type FaultGround, type FaultOutcome, goesOn, healthOf, ms, over, patienceMs } from './fault-ground.js';
import type { SoakClient } from './soak-client.js';
import { freshBundle } from './store-bundles.js';
import { knock, misbehave } from './strangers.js';

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

/** The daemon is stopped for a moment, as a machine that sleeps or a debugger does it: everybody goes on where they were. */
export async function stopDaemon({ host, clients, random }: FaultGround): Promise<FaultOutcome> {
  const pages = clients.flatMap((client) => {
    const { pipeline, engineFaults, busy } = client;
    return pipeline ? [{ client, pipeline, engineFaults, quiet: !busy.engine, loss: watchLoss(client) }] : [];
  });
  if (pages.length === 0) return over('no pipeline');
  const stoppedMs = 1000 + (random() % 1000);
  // What others do meanwhile takes longer than it should.
  const disturb = () => {
    for (const client of clients) client.pageFaults++;
  };
  disturb();
  process.kill(host.pid, 'SIGSTOP');
  try {
    await sleep(stoppedMs);
  } finally {
    process.kill(host.pid, 'SIGCONT');
    disturb();
  }
  const went = await Promise.all(pages.map(({ client, pipeline }) => goesOn(client, '', pipeline)));
  // Those to whom nothing else was done keep their processes: nobody takes them for hung because it slept itself.
  const replaced = pages.filter(
    ({ client, engineFaults, quiet, loss }) => quiet && client.engineFaults === engineFaults && loss(),
  );
  const problems = [
    ...went.flatMap(({ problem }) => problem ?? []),
    ...replaced.map(({ client, loss }) => `${client.plan.name}: its child was taken for ${loss()}`),
  ];
  const outcome = `for ${ms(stoppedMs)}, ${pages.length} pages went on`;
  return problems.length > 0 ? { outcome, problem: problems.join(', ') } : { outcome };
}

function watchLoss(client: SoakClient): () => string | undefined {
  let reason: string | undefined;
  void client.watch((message) => {
    const health = healthOf(message);
    if (health?.type === 'restarting' && health.reason !== 'connection') reason = health.reason;
    return false;
  }, patienceMs);
  return () => reason;
}

// Smaller than the files of a bundle, larger than its manifest.
const roomBytes = 200_000;

/**
 * A model is added to the store of the running host, and there is no more room in the middle of a file. A limit on the size of
 * files stands in for the disk, which others use, too.
 */
export async function fillDisk({ host, clients, random }: FaultGround): Promise<FaultOutcome> {
  const folder = `${host.folder}/store`;
  using bundle = freshBundle(random());
  const files = () => readdirSync(folder, { recursive: true }).map(String).sort();
  const before = files();
  const wrapper = ['prlimit', `--fsize=${roomBytes}`];
  const { code, stdout } = await runCli(['store', 'add', bundle.path, '--store', folder, '--json'], { wrapper });
  const problems: string[] = [];
  const left = files().filter((file) => !before.includes(file));
  if (left.length > 0) problems.push(`left ${left.join(', ')}`);
  const error = errorOf(stdout);
  if (code !== 1 || error?.code !== 'ERR_SINK') problems.push(`ended with ${code}, saying ${stdout}`);
  // With room again it is taken, beside the host.
  const store = await ModelStore.open(folder);
  await store.remove((await store.add(bundle.path)).sha256);
  const went = await Promise.all(clients.filter(({ pipeline }) => pipeline).map((client) => goesOn(client, '')));
  problems.push(...went.flatMap(({ problem }) => problem ?? []));
  const outcome = `${error?.code}, ${error?.received}`;
  return problems.length > 0 ? { outcome, problem: problems.join(', ') } : { outcome };
}

function errorOf(text: string): { code?: string; received?: string } | undefined {
  try {
    return JSON.parse(text).error;
  } catch {
    return undefined;
  }
}
