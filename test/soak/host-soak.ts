import { setTimeout as sleep } from 'node:timers/promises';
import { randomNumbers } from '../conformance/random-numbers.js';
import { startHost, type TestHost } from '../host/test-host.js';
import { openVinoLibrary } from '../openvino.js';
import { standInForVideoDevice } from '../v4l2-stand-in.js';
import * as faults from './host-faults.js';
import { plansFor } from './host-plans.js';
import { type FaultRecord, type HostSample, type HostSoakReport, judge } from './host-verdict.js';
import { type Holdings, holdingsOf, sessionOf } from './processes.js';
import { type ClientPlan, SoakClient } from './soak-client.js';
import { fillStore, type StoredBundles } from './store-bundles.js';

/** How long a host is put to the test, and with which numbers. */
export interface HostSoakOptions {
  minutes: number;
  seed: number;
  /** Whether times are checked, too; they are told in any case. */
  timed: boolean;
  onFault?(fault: FaultRecord): void;
  onSample?(sample: HostSample): void;
}

const graceMs = 4000;
const everyMs = 1000;
const quietMs = 15_000;

type Kind = { kind: string; weight: number } & (
  | {
      on: 'engine' | 'page' | 'camera';
      make(client: SoakClient, ground: faults.FaultGround): Promise<faults.FaultOutcome>;
    }
  | { on: 'host'; make(ground: faults.FaultGround): Promise<faults.FaultOutcome> }
);

const kinds: readonly Kind[] = [
  { kind: 'kill -9', weight: 6, on: 'engine', make: (client, ground) => faults.loseChild(client, 'SIGKILL', ground) },
  { kind: 'SIGSTOP', weight: 3, on: 'engine', make: (client, ground) => faults.loseChild(client, 'SIGSTOP', ground) },
  { kind: 'swap', weight: 2, on: 'engine', make: faults.swap },
  { kind: 'swap to a broken model', weight: 2, on: 'engine', make: faults.swapBroken },
  { kind: 'kill -9 in a swap', weight: 1, on: 'engine', make: faults.swapKilled },
  { kind: 'slow page', weight: 2, on: 'page', make: faults.slow },
  { kind: 'connection cut', weight: 3, on: 'page', make: faults.cut },
  { kind: 'page gone', weight: 1, on: 'page', make: faults.leave },
  {
    kind: 'camera unplugged',
    weight: 1,
    on: 'camera',
    make: (client, ground) => faults.loseCamera(client, ground, 'unplug'),
  },
  {
    kind: 'camera silent',
    weight: 1,
    on: 'camera',
    make: (client, ground) => faults.loseCamera(client, ground, 'freeze'),
  },
  { kind: 'strangers', weight: 1, on: 'host', make: faults.strangers },
  { kind: 'flood', weight: 1, on: 'host', make: (ground) => faults.abuse(ground, 'flood') },
  { kind: 'garbage', weight: 1, on: 'host', make: (ground) => faults.abuse(ground, 'garbage') },
  { kind: 'oversize', weight: 1, on: 'host', make: (ground) => faults.abuse(ground, 'oversize') },
];

/** Runs a host with pages, does to it what may happen to one, and says whether it keeps its word. */
export async function soakHost(options: HostSoakOptions): Promise<HostSoakReport> {
  const { minutes, seed } = options;
  const random = randomNumbers(seed);
  using camera = standInForVideoDevice();
  const host = await startHost(
    [
      '--camera',
      'line=/dev/video0,size=320x240,rate=10',
      '--camera',
      'belt=synthetic,seed=3,width=640,height=360,frameRate=12',
      '--grace',
      `${graceMs}ms`,
    ],
    // In a session of its own, which tells afterwards whether anything is left.
    { wrapper: ['setsid'], env: { PATH: camera.path, REFLEXARC_OPENVINO_LIBRARY: openVinoLibrary() } },
  );
  // Whatever becomes of this process, the host ends.
  const end = () => void host.child.kill('SIGTERM');
  process.once('exit', end);
  try {
    const bundles = await fillStore(`${host.folder}/store`);
    const soak = new HostSoak(host, camera, bundles, random, options);
    await soak.run(minutes * 60_000);
    process.off('exit', end);
    return await soak.report(seed);
  } finally {
    process.off('exit', end);
    await host.close();
  }
}

class HostSoak {
  readonly #host: TestHost;
  readonly #ground: faults.FaultGround;
  readonly #options: HostSoakOptions;
  readonly #clients: SoakClient[];
  readonly #faults: FaultRecord[] = [];
  readonly #samples: HostSample[] = [];
  readonly #underWay = new Set<Promise<void>>();
  readonly #problems: string[] = [];
  readonly #stop = new AbortController();
  #began = performance.now();
  #before: Holdings | undefined;
  #after: Holdings | undefined;
  // The camera is away, or was a moment ago.
  #cameraAway = 0;

  constructor(
    host: TestHost,
    camera: faults.FaultGround['camera'],
    bundles: StoredBundles,
    random: () => number,
    options: HostSoakOptions,
  ) {
    this.#host = host;
    this.#options = options;
    this.#ground = { host, bundles, camera, graceMs, timed: options.timed, random };
    let turn: Promise<unknown> = Promise.resolve();
    const inTurn = <T>(work: () => Promise<T>) => {
      const mine = turn.then(work);
      turn = mine.catch(() => {});
      return mine;
    };
    const mayFail = ({ definition }: ClientPlan, error: Error) =>
      definition.source?.type === 'camera' &&
      (error as { code?: string }).code === 'ERR_SOURCE' &&
      performance.now() < this.#cameraAway;
    this.#clients = plansFor(bundles, random).map((plan) => new SoakClient(plan, { host, inTurn, mayFail }));
  }

  /** @throws where the host ends before its time, with what it said. */
  async run(lengthMs: number): Promise<void> {
    const ended = this.#host.ended.then(({ code, signal, stderr }) => {
      throw new Error(`the host ended with ${code ?? signal}, saying: ${stderr}`);
    });
    try {
      await Promise.race([this.#run(lengthMs), ended]);
    } finally {
      this.#stop.abort();
    }
  }

  async #run(lengthMs: number): Promise<void> {
    // What is loaded once is there before anything is measured, and how long runtimes take is known.
    for (const client of this.#clients) await client.lap(12);
    await sleep(500);
    this.#before = holdingsOf(this.#host.pid);
    this.#began = performance.now();
    const laps = this.#clients.map((client) => client.run(this.#stop.signal));
    await Promise.all([this.#makeFaults(lengthMs), this.#sample(lengthMs)]);
    await Promise.all(this.#underWay);
    this.#stop.abort();
    await Promise.all(laps);
    await this.#settle();
  }

  async report(seed: number): Promise<HostSoakReport> {
    const { pid } = this.#host;
    const outcome = await this.#host.close();
    const clients = this.#clients.map(({ plan, totals }) => ({ name: plan.name, ...totals }));
    return judge({
      seed,
      minutes: this.#options.minutes,
      timed: this.#options.timed,
      faults: this.#faults,
      samples: this.#samples,
      clients,
      loads: this.#clients.flatMap((client) => client.loads),
      problems: [...this.#problems, ...this.#clients.flatMap((client) => client.problems)],
      before: this.#before as Holdings,
      after: this.#after as Holdings,
      code: outcome.code,
      said: outcome.stderr.replace(/\nreflexarc: SIGTERM.*\n/, '').trim(),
      left: sessionOf(pid),
    });
  }

  async #makeFaults(lengthMs: number): Promise<void> {
    const { random } = this.#ground;
    const tickets = kinds.flatMap(({ weight }, index) => Array.from({ length: weight }, () => index));
    // The last ones need time to be mastered.
    while (performance.now() - this.#began < lengthMs - quietMs && !this.#stop.signal.aborted) {
      await sleep(300 + (random() % 2200));
      const kind = kinds[tickets[random() % tickets.length]];
      const making = this.#make(kind, random());
      this.#underWay.add(making);
      void making.finally(() => this.#underWay.delete(making));
    }
  }

  async #make(kind: Kind, number: number): Promise<void> {
    const at = Math.round((performance.now() - this.#began) / 100) / 10;
    const run = async (client: SoakClient | undefined, work: () => Promise<faults.FaultOutcome>) => {
      const outcome = await work().catch((error: Error) => ({ outcome: 'failed', problem: error.stack }));
      const record = { at, kind: kind.kind, client: client?.plan.name, ...outcome };
      this.#faults.push(record);
      this.#options.onFault?.(record);
    };
    if (kind.on === 'host') return run(undefined, () => kind.make(this.#ground));
    const part = kind.on === 'engine' ? 'engine' : 'page';
    const fit = this.#clients.filter(
      (client) =>
        client.pipeline &&
        !client.busy[part] &&
        (kind.on !== 'engine' || client.losses < 4) &&
        (kind.on !== 'camera' || client.plan.name === 'camera'),
    );
    const client = fit[number % Math.max(1, fit.length)];
    if (!client) return;
    client.busy[part] = true;
    if (part === 'page') client.pageFaults++;
    // A page that opens the camera meanwhile is told that it is away.
    if (kind.on === 'camera') this.#cameraAway = Number.POSITIVE_INFINITY;
    await run(client, () => kind.make(client, this.#ground));
    if (kind.on === 'camera') this.#cameraAway = performance.now() + 10_000;
    client.busy[part] = false;
  }

  async #sample(lengthMs: number): Promise<void> {
    for (let due = everyMs; due <= lengthMs; due += everyMs) {
      await sleep(Math.max(0, this.#began + due - performance.now()));
      const asked = performance.now();
      const answered = await this.#status().catch(() => undefined);
      const sample = {
        minute: (performance.now() - this.#began) / 60_000,
        answerMs: answered ? performance.now() - asked : Number.NaN,
        ...holdingsOf(this.#host.pid),
        results: this.#clients.reduce((sum, client) => sum + client.results, 0),
        reconnects: this.#clients.reduce((sum, { totals }) => sum + totals.reconnects, 0),
      };
      this.#samples.push(sample);
      this.#options.onSample?.(sample);
    }
  }

  // What nobody uses any more ends by itself: streams after the grace time, then their children.
  async #settle(): Promise<void> {
    const end = performance.now() + graceMs + 10_000;
    for (;;) {
      await sleep(500);
      const { connections, waiting } = await this.#status();
      this.#after = holdingsOf(this.#host.pid);
      if (connections === 0 && waiting === 0 && this.#after.children === 0) break;
      if (performance.now() > end) {
        this.#problems.push(
          `at the end: ${connections} connections, ${waiting} streams that wait, ${this.#after.children} children`,
        );
        break;
      }
    }
    await sleep(1000);
    this.#after = holdingsOf(this.#host.pid);
  }

  async #status(): Promise<{ connections: number; waiting: number }> {
    const { url, token } = this.#host;
    const headers = { Authorization: `Bearer ${token}` };
    const signal = AbortSignal.timeout(10_000);
    const response = await fetch(new URL('.reflexarc/status', url), { headers, signal });
    return (await response.json()) as { connections: number; waiting: number };
  }
}
