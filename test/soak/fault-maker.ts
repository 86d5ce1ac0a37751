import { setTimeout as sleep } from 'node:timers/promises';
import { FaultDeck } from './fault-deck.js';
import type { FaultGround, FaultOutcome } from './fault-ground.js';
import { type FaultKind, faultKinds } from './fault-kinds.js';
import type { FaultRecord } from './host-verdict.js';
import type { SoakClient } from './soak-client.js';

/** Every kind of fault is due once in each of these. */
export const roundMs = 120_000;
// The last ones need time to be mastered.
const quietMs = 15_000;
// What was not made by then, because nobody fitted or nothing came of it, has so long still.
const lateMs = 60_000;
const calmMs = 10_000;

/** Makes faults by chance, several at once, and writes down what came of them. */
export class FaultMaker {
  /** In the order in which they were mastered. */
  readonly faults: FaultRecord[] = [];
  readonly #ground: FaultGround;
  readonly #clients: readonly SoakClient[];
  readonly #visitor: SoakClient;
  readonly #onFault: (fault: FaultRecord) => void;
  readonly #deck: FaultDeck;
  readonly #underWay = new Set<Promise<void>>();
  #began = performance.now();
  #cameraAway = 0;

  /** @param visitor the page of {@link FaultKind} `visitor`, to which nothing else is done. */
  constructor(
    ground: FaultGround,
    clients: readonly SoakClient[],
    visitor: SoakClient,
    onFault: (fault: FaultRecord) => void = () => {},
  ) {
    this.#ground = ground;
    this.#clients = clients;
    this.#visitor = visitor;
    this.#onFault = onFault;
    this.#deck = new FaultDeck(faultKinds, ground.random);
  }

  /** The camera is away, or was a moment ago. */
  get cameraWasAway(): boolean {
    return performance.now() < this.#cameraAway;
  }

  /** Makes faults from now on, every second or two. Settles when each of them was mastered or has failed. */
  async make(lengthMs: number, stop: AbortSignal): Promise<void> {
    const { random } = this.#ground;
    this.#began = performance.now();
    const left = () => this.#began + lengthMs - performance.now();
    let due = roundMs;
    while (left() > -lateMs && !stop.aborted) {
      await sleep(300 + (random() % 2200));
      if (lengthMs - left() >= due && left() > roundMs / 2) {
        due += roundMs;
        this.#deck.shuffle();
      }
      const late = left() < quietMs;
      if (late && !this.#deck.isDue && this.#underWay.size === 0) break;
      const number = random();
      const kind = this.#deck.draw((each) => this.#fits(each, left()).length > 0, late);
      if (!kind) continue;
      const fit = this.#fits(kind, left());
      const making = this.#make(kind, fit[number % fit.length]);
      this.#underWay.add(making);
      void making.finally(() => this.#underWay.delete(making));
    }
    await Promise.all(this.#underWay);
  }

  /** Does something that may come out wrong. */
  async record(kind: string, work: () => Promise<FaultOutcome>, client?: SoakClient): Promise<FaultOutcome> {
    const at = Math.round((performance.now() - this.#began) / 100) / 10;
    const outcome: FaultOutcome = await work().catch((error: Error) => ({ outcome: 'failed', problem: error.stack }));
    const fault = { at, kind, client: client?.plan.name, ...outcome };
    this.faults.push(fault);
    this.#onFault(fault);
    return outcome;
  }

  // The pages that a fault may be made on now; for one on the host it does not matter which.
  #fits(kind: FaultKind, leftMs: number): readonly SoakClient[] {
    if (kind.on === 'host') return this.#clients;
    if (kind.on === 'visitor') return this.#visitor.busy.engine || leftMs < kind.needsMs ? [] : [this.#visitor];
    return this.#clients.filter(
      ({ pipeline, busy, losses, plan }) =>
        pipeline &&
        !busy[partOf(kind)] &&
        (kind.on !== 'engine' || losses < 4) &&
        (kind.on !== 'camera' || plan.name === 'camera'),
    );
  }

  async #make(kind: FaultKind, client: SoakClient): Promise<void> {
    const outcome =
      kind.on === 'host'
        ? await this.record(kind.kind, () => kind.make(this.#ground))
        : await this.#makeOn(client, kind);
    if (outcome.idle) this.#deck.putBack(kind);
  }

  async #makeOn(client: SoakClient, kind: Exclude<FaultKind, { on: 'host' }>): Promise<FaultOutcome> {
    const part = partOf(kind);
    client.busy[part] = true;
    if (part === 'page') client.pageFaults++;
    else client.engineFaults++;
    // A page that opens the camera meanwhile is told that it is away.
    if (kind.on === 'camera') this.#cameraAway = Number.POSITIVE_INFINITY;
    const outcome = await this.record(kind.kind, () => kind.make(client, this.#ground), client);
    if (kind.on === 'camera') this.#cameraAway = performance.now() + calmMs;
    client.busy[part] = false;
    return outcome;
  }
}

// A fault of a page keeps its engine free for one of its own, and the other way round.
function partOf({ on }: FaultKind): 'engine' | 'page' {
  return on === 'engine' || on === 'visitor' ? 'engine' : 'page';
}
