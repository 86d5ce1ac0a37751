import { setTimeout as sleep } from 'node:timers/promises';
import { randomNumbers } from '../conformance/random-numbers.js';
import { startHost, type TestHost } from '../host/test-host.js';
import { openVinoLibrary } from '../openvino.js';
import { standInForVideoDevice } from '../v4l2-stand-in.js';
import { killDaemon, type Start } from './daemon-kill.js';
import type { FaultGround } from './fault-ground.js';
import { daemonKilled, faultNames } from './fault-kinds.js';
import { FaultMaker, roundMs } from './fault-maker.js';
import { plansFor, visitorFor } from './host-plans.js';
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

/** Runs a host with pages, does to it what may happen to one, and says whether it keeps its word. */
export async function soakHost(options: HostSoakOptions): Promise<HostSoakReport> {
  const { minutes, seed } = options;
  const random = randomNumbers(seed);
  using camera = standInForVideoDevice();
  const cameras = ['line=/dev/video0,size=320x240,rate=10', 'belt=synthetic,seed=3,width=640,height=360,frameRate=12'];
  const args = [...cameras.flatMap((text) => ['--camera', text]), '--grace', `${graceMs}ms`];
  // In a session of its own, which tells afterwards whether anything is left.
  const env = { PATH: camera.path, REFLEXARC_OPENVINO_LIBRARY: openVinoLibrary() };
  const settings = { wrapper: ['setsid'], env };
  const host = await startHost(args, settings);
  // Whatever becomes of this process, the host ends.
  const end = () => void host.child.kill('SIGTERM');
  process.once('exit', end);
  try {
    const bundles = await fillStore(`${host.folder}/store`);
    const soak = new HostSoak(host, camera, bundles, random, options);
    await soak.run(minutes * 60_000);
    await soak.end([args, { ...settings, folder: host.folder }]);
    return soak.report();
  } finally {
    process.off('exit', end);
    await host.close();
  }
}

class HostSoak {
  readonly #host: TestHost;
  readonly #options: HostSoakOptions;
  readonly #clients: SoakClient[];
  readonly #visitor: SoakClient;
  readonly #maker: FaultMaker;
  readonly #samples: HostSample[] = [];
  readonly #problems: string[] = [];
  readonly #stop = new AbortController();
  #began = performance.now();
  #before: Holdings | undefined;
  #after: Holdings | undefined;
  #code: number | null = null;
  #said = '';
  #left: string[] = [];

  constructor(
    host: TestHost,
    camera: FaultGround['camera'],
    bundles: StoredBundles,
    random: () => number,
    options: HostSoakOptions,
  ) {
    this.#host = host;
    this.#options = options;
    let turn: Promise<unknown> = Promise.resolve();
    const inTurn = <T>(work: () => Promise<T>) => {
      const mine = turn.then(work);
      turn = mine.catch(() => {});
      return mine;
    };
    const mayFail = ({ definition }: ClientPlan, error: Error) =>
      definition.source?.type === 'camera' &&
      (error as { code?: string }).code === 'ERR_SOURCE' &&
      this.#maker.cameraWasAway;
    const [visitor, ...clients] = [visitorFor(bundles), ...plansFor(bundles, random)].map(
      (plan) => new SoakClient(plan, { host, inTurn, mayFail }),
    );
    this.#visitor = visitor;
    this.#clients = clients;
    const ground = { host, bundles, clients: this.#all, camera, graceMs, timed: options.timed, random };
    this.#maker = new FaultMaker(ground, clients, visitor, options.onFault);
  }

  get #all(): SoakClient[] {
    return [...this.#clients, this.#visitor];
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
      for (const client of this.#all) client.close();
    }
  }

  async #run(lengthMs: number): Promise<void> {
    // What is loaded once is there before anything is measured, and how long runtimes take is known.
    for (const client of this.#all) await client.lap(12);
    this.#visitor.close();
    await sleep(500);
    this.#before = holdingsOf(this.#host.pid);
    this.#began = performance.now();
    const laps = this.#clients.map((client) => client.run(this.#stop.signal));
    await Promise.all([this.#maker.make(lengthMs, this.#stop.signal), this.#sample(lengthMs)]);
    this.#stop.abort();
    await Promise.all(laps);
    await this.#settle();
  }

  /** Ends the host as a service manager does, and then kills another one on the same store and token file. */
  async end(start: Start): Promise<void> {
    this.#host.child.kill('SIGTERM');
    const { code, stderr } = await this.#host.ended;
    this.#code = code;
    this.#said = stderr.replace(/\nreflexarc: SIGTERM.*\n/, '').trim();
    this.#left = sessionOf(this.#host.pid);
    const plans = this.#clients.map(({ plan }) => plan);
    await this.#maker.record(daemonKilled, () => killDaemon(start, plans));
  }

  report(): HostSoakReport {
    const { minutes, seed, timed } = this.#options;
    return judge({
      seed,
      minutes,
      timed,
      faults: this.#maker.faults,
      samples: this.#samples,
      clients: this.#all.map(({ plan, totals }) => ({ name: plan.name, ...totals })),
      loads: this.#all.flatMap((client) => client.loads),
      expected: minutes * 60_000 < roundMs ? [daemonKilled] : faultNames,
      problems: [...this.#problems, ...this.#all.flatMap((client) => client.problems)],
      before: this.#before as Holdings,
      after: this.#after as Holdings,
      code: this.#code,
      said: this.#said,
      left: this.#left,
    });
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
        results: this.#all.reduce((sum, client) => sum + client.results, 0),
        reconnects: this.#all.reduce((sum, { totals }) => sum + totals.reconnects, 0),
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
