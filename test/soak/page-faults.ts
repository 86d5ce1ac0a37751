import { setTimeout as sleep } from 'node:timers/promises';
import { type FaultGround, type FaultOutcome, goesOn, healthOf, ms, over, patienceMs } from './fault-ground.js';
import { childrenOf, ringOf } from './processes.js';
import type { SoakClient } from './soak-client.js';

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
  if (seen === 'over') return over();
  if (seen === 'late') return { outcome: 'none', problem: `${how}: ${stalled ? 'not resumed' : 'no word of it'}` };
  return { outcome: `away ${ms(away)}, told, resumed` };
}
