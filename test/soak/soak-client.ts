import { setTimeout as sleep } from 'node:timers/promises';
import type { WebSocket } from 'ws';
import type { Answers } from '../../src/bridge/answers.js';
import type { HostConnection } from '../../src/bridge/host-connection.js';
import type { HostedPipeline } from '../../src/bridge/hosted-pipeline.js';
import type { BridgeMessage } from '../../src/bridge/message.js';
import type { PipelineDefinitionInput } from '../../src/core/definition.js';
import { connectTo, openOn } from '../host/host-client.js';
import type { TestHost } from '../host/test-host.js';
import { childrenOf, ringOf } from './processes.js';
import { StreamLedger } from './stream-ledger.js';

/** What a client asks of a host again and again, each time for some frames: a lap. */
export interface ClientPlan {
  name: string;
  definition: Partial<PipelineDefinitionInput>;
  /** Every frame comes: a source that waits. */
  lossless: boolean;
  /** Of each lap. */
  frames(): number;
  preview?: boolean;
}

/** What a client needs of the soak. */
export interface ClientSetting {
  host: TestHost;
  /** One opening at a time, so that a new ring is known to be its own. */
  inTurn<T>(work: () => Promise<T>): Promise<T>;
  /** Whether an opening may fail with this error now. */
  mayFail(plan: ClientPlan, error: Error): boolean;
}

// Longer than any machine takes to open a pipeline.
const openMs = 120_000;

/** How a watch for something ended. `over`: the lap did. */
export type Seen = 'seen' | 'over' | 'late';

/** A page, by its client: connects, runs one lap after the other, and keeps books of what it gets. */
export class SoakClient {
  readonly plan: ClientPlan;
  readonly problems: string[] = [];
  readonly totals = { laps: 0, results: 0, faults: 0, missed: 0, drops: 0, rejects: 0, previews: 0, reconnects: 0 };
  /** From a runtime's first word to a pipeline that is open, in ms, by runtime. */
  readonly loads: { runtime: string; ms: number }[] = [];
  /** A fault of the kind is under way; one of each at a time. */
  readonly busy = { engine: false, page: false };
  /** Faults of the page, and of its engine, so far. */
  pageFaults = 0;
  engineFaults = 0;
  /** Children that were lost in this lap. */
  losses = 0;
  readonly #setting: ClientSetting;
  readonly #watches = new Set<(message: BridgeMessage | undefined) => void>();
  #connection: HostConnection | undefined;
  #sockets: WebSocket[] = [];
  #pipeline: HostedPipeline | undefined;
  #ledger: StreamLedger | undefined;
  #ring: number | undefined;
  #loading = 0;
  #held: Promise<unknown> = Promise.resolve();
  #left = false;

  constructor(plan: ClientPlan, setting: ClientSetting) {
    this.plan = plan;
    this.#setting = setting;
  }

  /** The pipeline of the lap; undefined while there is none that runs. */
  get pipeline(): HostedPipeline | undefined {
    return (this.#ledger?.results ?? 0) > 0 ? this.#pipeline : undefined;
  }

  /** Results so far. */
  get results(): number {
    return this.totals.results + (this.#ledger?.results ?? 0);
  }

  /** Processes of its pipeline's engine, the oldest first, which is the one that works. */
  get children(): number[] {
    const { pid } = this.#setting.host;
    return this.#ring === undefined ? [] : childrenOf(pid).filter((child) => ringOf(child) === this.#ring);
  }

  /** Runs laps until it is stopped. */
  async run(stop: AbortSignal): Promise<void> {
    const end = () => this.#pipeline?.close();
    stop.addEventListener('abort', end);
    while (!stop.aborted) await this.lap(this.plan.frames(), stop);
    stop.removeEventListener('abort', end);
    this.close();
  }

  /** Leaves the host, with a word; another lap comes back. */
  close(): void {
    this.#connection?.close();
    this.#connection = undefined;
  }

  /** Opens a pipeline, takes its results and closes the books. */
  async lap(frames: number, stop?: AbortSignal): Promise<void> {
    const { name, lossless } = this.plan;
    const ledger = new StreamLedger(`${name}, lap ${this.totals.laps + 1}`, { lossless, frames });
    let yielded = 0;
    this.#left = false;
    this.losses = 0;
    this.#ledger = ledger;
    try {
      this.#connection ??= await this.#connect();
      this.#pipeline = await this.#setting.inTurn(() => this.#open(frames));
      if (stop?.aborted) await this.#pipeline.close();
      else {
        for await (const _ of this.#pipeline.run()) {
          yielded++;
          await this.#held;
        }
      }
    } catch (error) {
      const { message } = error as Error;
      if (!this.#left && !stop?.aborted && !this.#setting.mayFail(this.plan, error as Error)) {
        this.problems.push(`${name}, lap ${this.totals.laps + 1}: ${message}`);
      }
      await sleep(300);
    }
    this.#closeBooks(ledger, yielded);
  }

  /** Watches messages until one is what is looked for, the lap ends, or it takes too long. */
  watch(isIt: (message: BridgeMessage) => boolean, limitMs: number): Promise<Seen> {
    return new Promise((resolve) => {
      const settle = (seen: Seen) => {
        clearTimeout(timer);
        this.#watches.delete(look);
        resolve(seen);
      };
      const timer = setTimeout(() => settle('late'), limitMs);
      const look = (message: BridgeMessage | undefined) => {
        if (!message) settle('over');
        else if (isIt(message)) settle('seen');
      };
      this.#watches.add(look);
    });
  }

  /** Reads nothing for a while, neither results nor bytes. */
  async hold(ms: number): Promise<void> {
    const socket = this.#sockets.at(-1) as unknown as { _socket: { pause(): void; resume(): void } | null };
    const { _socket } = socket;
    const held = sleep(ms);
    this.#held = held;
    _socket?.pause();
    await held;
    _socket?.resume();
  }

  /** The connection breaks; the client goes on by itself. */
  cut(): void {
    this.#sockets.at(-1)?.terminate();
  }

  /** Is gone without a word, and does not come back; another one takes its place. @returns its ring. */
  leave(): number | undefined {
    this.#left = true;
    this.cut();
    this.close();
    return this.#ring;
  }

  async #connect(): Promise<HostConnection> {
    const { connection, sockets } = await connectTo(
      () => this.#setting.host,
      ({ type }) => {
        if (type === 'restored') this.totals.reconnects++;
        if (type === 'refused') this.problems.push(`${this.plan.name}: the host refuses its token`);
      },
    );
    this.#sockets = sockets;
    const add = connection.add.bind(connection);
    // What the client of pages gets, the books get first.
    connection.add = (handler) =>
      add({
        receive: (message) => {
          this.#take(message);
          handler.receive(message);
        },
        lost: (...news) => handler.lost(...news),
        restored: (outageMs) => handler.restored(outageMs),
        ended: (error) => handler.ended(error),
      });
    return connection;
  }

  async #open(frames: number): Promise<HostedPipeline> {
    const { pid } = this.#setting.host;
    const before = new Set(childrenOf(pid).map(ringOf));
    const { definition, preview } = this.plan;
    const pipeline = await openOn(
      this.#connection as HostConnection,
      { ...definition, frames },
      {
        signal: AbortSignal.timeout(openMs),
        onFault: () => {},
        onPreview: preview ? () => void this.totals.previews++ : undefined,
      },
    );
    this.loads.push({ runtime: pipeline.info.runtime.runtime, ms: performance.now() - this.#loading });
    this.#ring = childrenOf(pid)
      .map(ringOf)
      .find((ring) => ring !== undefined && !before.has(ring));
    return pipeline;
  }

  #take(message: BridgeMessage): void {
    if (message.type === 'PROGRESS' && (message.payload as Answers['PROGRESS']).phase === 'model') {
      this.#loading = performance.now();
    }
    this.#ledger?.take(message);
    for (const look of [...this.#watches]) look(message);
  }

  #closeBooks(ledger: StreamLedger, yielded: number): void {
    const { name } = this.plan;
    this.#pipeline = undefined;
    this.#ledger = undefined;
    this.#ring = undefined;
    for (const look of [...this.#watches]) look(undefined);
    this.problems.push(...ledger.problems);
    const ended = ledger.closed?.reason === 'ended';
    if (ended && yielded !== ledger.results) {
      this.problems.push(`${name}: ${ledger.results} results arrived, but the program got ${yielded}`);
    }
    const { results, faults, missed, drops, rejects } = ledger;
    for (const [key, count] of Object.entries({ laps: ended ? 1 : 0, results, faults, missed, drops, rejects })) {
      this.totals[key as keyof SoakClient['totals']] += count;
    }
  }
}
