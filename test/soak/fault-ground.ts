import type { Answers } from '../../src/bridge/answers.js';
import type { BridgeMessage } from '../../src/bridge/message.js';
import type { TestHost } from '../host/test-host.js';
import type { VideoDeviceStandIn } from '../v4l2-stand-in.js';
import type { SoakClient } from './soak-client.js';
import type { StoredBundles } from './store-bundles.js';

/** What faults are made with. */
export interface FaultGround {
  host: TestHost;
  bundles: StoredBundles;
  camera: VideoDeviceStandIn;
  /** All pages. */
  clients: readonly SoakClient[];
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
  /** Nothing came of it: what it was made on was over before. It counts as not made. */
  idle?: boolean;
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

/** How long anything may take before it counts as not happening. */
export const patienceMs = 60_000;

/** What came of a fault on something that was over. */
export function over(what = 'the lap was over'): FaultOutcome {
  return { outcome: what, idle: true };
}

/** Waits for the next result of a page. @param pipeline of a lap that may be over. */
export async function goesOn(client: SoakClient, outcome: string, pipeline = client.pipeline): Promise<FaultOutcome> {
  const seen =
    pipeline && client.pipeline === pipeline ? await client.watch(({ type }) => type === 'RESULT', patienceMs) : 'over';
  return seen === 'late' ? { outcome, problem: `${client.plan.name}: no results after: ${outcome}` } : { outcome };
}

/** The news of a pipeline's health in a message; undefined where it is another one. */
export function healthOf({ type, payload }: BridgeMessage): Answers['HEALTH']['health'] | undefined {
  return type === 'HEALTH' ? (payload as Answers['HEALTH']).health : undefined;
}

/** For people. */
export function ms(value: number | undefined): string {
  return value === undefined ? 'nothing' : `${Math.round(value)} ms`;
}
