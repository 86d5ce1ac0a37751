import { loseChild, returnToPreferred } from './child-faults.js';
import { abuse, fillDisk, stopDaemon, strangers } from './daemon-faults.js';
import type { FaultGround, FaultOutcome } from './fault-ground.js';
import { cut, leave, loseCamera, slow } from './page-faults.js';
import type { SoakClient } from './soak-client.js';
import { swap, swapBroken, swapKilled } from './swap-faults.js';

type Made = (client: SoakClient, ground: FaultGround) => Promise<FaultOutcome>;

/** A fault that may be made at any time. On a page, each part of it has one at a time. */
export type FaultKind = { kind: string; weight: number } & (
  | { on: 'engine' | 'page' | 'camera'; make: Made }
  /** A scenario of its own, which takes so long that it comes first, or not at all. */
  | { on: 'visitor'; needsMs: number; make: Made }
  | { on: 'host'; make(ground: FaultGround): Promise<FaultOutcome> }
);

/** What is done to a host while it runs; `weight` says how often, among those that are made at random. */
export const faultKinds: readonly FaultKind[] = [
  { kind: 'return to preferred', weight: 1, on: 'visitor', needsMs: 110_000, make: returnToPreferred },
  { kind: 'kill -9', weight: 6, on: 'engine', make: (client, ground) => loseChild(client, 'SIGKILL', ground) },
  { kind: 'SIGSTOP', weight: 3, on: 'engine', make: (client, ground) => loseChild(client, 'SIGSTOP', ground) },
  { kind: 'swap', weight: 2, on: 'engine', make: swap },
  { kind: 'swap to a broken model', weight: 2, on: 'engine', make: swapBroken },
  { kind: 'kill -9 in a swap', weight: 1, on: 'engine', make: swapKilled },
  { kind: 'slow page', weight: 2, on: 'page', make: slow },
  { kind: 'connection cut', weight: 3, on: 'page', make: cut },
  { kind: 'page gone', weight: 1, on: 'page', make: leave },
  { kind: 'camera unplugged', weight: 1, on: 'camera', make: (client, ground) => loseCamera(client, ground, 'unplug') },
  { kind: 'camera silent', weight: 1, on: 'camera', make: (client, ground) => loseCamera(client, ground, 'freeze') },
  { kind: 'daemon stopped', weight: 2, on: 'host', make: stopDaemon },
  { kind: 'disk full', weight: 1, on: 'host', make: fillDisk },
  { kind: 'strangers', weight: 1, on: 'host', make: strangers },
  { kind: 'flood', weight: 1, on: 'host', make: (ground) => abuse(ground, 'flood') },
  { kind: 'garbage', weight: 1, on: 'host', make: (ground) => abuse(ground, 'garbage') },
  { kind: 'oversize', weight: 1, on: 'host', make: (ground) => abuse(ground, 'oversize') },
];

/** The last act. */
export const daemonKilled = 'daemon killed';

/** All that a soak does to a host, by name: a run of two minutes or more makes each at least once. */
export const faultNames: readonly string[] = [...faultKinds.map(({ kind }) => kind), daemonKilled];
