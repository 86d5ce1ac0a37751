import { setTimeout as sleep } from 'node:timers/promises';
import { randomNumbers } from '../conformance/random-numbers.js';
import { startHost, type TestHost } from '../host/test-host.js';
import { openVinoLibrary } from '../openvino.js';
import { standInForVideoDevice } from '../v4l2-stand-in.js';
import { type Flatness, judgeFlatness } from './flatness.js';
import * as faults from './host-faults.js';
import { type Holdings, holdingsOf, sessionOf } from './processes.js';
import { type ClientPlan, SoakClient } from './soak-client.js';
import { fillStore, type StoredBundles } from './store-bundles.js';

/** How long a host is put to the test, and with which numbers. */
export interface HostSoakOptions {
  minutes: number;
  seed: number;
  onFault?(fault: FaultRecord): void;
  onSample?(sample: HostSample): void;
}

/** A fault that was made, and what came of it. */
export interface FaultRecord extends faults.FaultOutcome {
  /** Seconds from the start. */
  at: number;
  kind: string;
  /** Name of the client. */
  client?: string;
}

/** What the daemon holds at one moment, and what its clients have. */
export interface HostSample extends Holdings {
  minute: number;
  /** How long it took to answer, in ms. */
  answerMs: number;
  results: number;
  reconnects: number;
}

/** What a soak found. */
export interface HostSoakReport {
  seed: number;
  minutes: number;
  /** Each must hold. */
  checks: { name: string; passed: boolean; figures: string }[];
  faults: FaultRecord[];
  samples: HostSample[];
  clients: ({ name: string } & SoakClient['totals'])[];
  /** From a runtime's first word to a pipeline that is open, in ms, when pages opened one: the median of each runtime. */
  loads: Record<string, number>;
  flatness: Record<'anonymousBytes' | 'files' | 'threads', Flatness>;
}

const graceMs = 4000;
const everyMs = 1000;
const quietMs = 15_000;
const allowed = { anonymousBytes: 3e6, files: 3, threads: 1 } as const;

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
  const end = () => process.kill(host.pid, 'SIGTERM');
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
    this.#ground = { host, bundles, camera, graceMs, random };
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

  async run(lengthMs: number): Promise<void> {
    // What is loaded once is there before anything is measured, and how long runtimes take is known.
    for (const client of this.#clients) await client.lap(12);
    await sleep(500);
    this.#before = holdingsOf(this.#host.pid);
    this.#began = performance.now();
    const stop = new AbortController();
    const laps = this.#clients.map((client) => client.run(stop.signal));
    const sampling = this.#sample(lengthMs);
    await this.#makeFaults(lengthMs);
    await Promise.all(this.#underWay);
    await sampling;
    stop.abort();
    await Promise.all(laps);
    await this.#settle();
  }

  async report(seed: number): Promise<HostSoakReport> {
    const { pid } = this.#host;
    const outcome = await this.#host.close();
    const left = sessionOf(pid);
    const flatness = this.#flatness();
    const said = outcome.stderr.replace(/\nreflexarc: SIGTERM.*\n/, '').trim();
    const clients = this.#clients.map(({ plan, totals }) => ({ name: plan.name, ...totals }));
    const problems = [...this.#problems, ...this.#clients.flatMap((client) => client.problems)];
    const wrong = this.#faults.flatMap(({ at, kind, problem }) => (problem ? [`${kind} at ${at} s: ${problem}`] : []));
    const total = (figure: 'results' | 'faults' | 'missed' | 'drops' | 'rejects' | 'laps') =>
      clients.reduce((sum, client) => sum + client[figure], 0);
    const shown = (list: readonly string[]) => (list.length > 0 ? `: ${list.slice(0, 5).join('; ')}` : '');
    const answers = this.#samples.map(({ answerMs }) => answerMs);
    const short = this.#options.minutes < 5;
    const steady = (figure: keyof typeof allowed) => {
      const { flat, grows, slope, low, high, level, n } = flatness[figure];
      const digits = figure === 'anonymousBytes' ? 0 : 2;
      return {
        name: `${figure} of the daemon flat`,
        // A short run may be too short to exclude growth: then it must not show any.
        passed: short ? !grows : flat,
        figures: `level ${Math.round(level)}, ${slope.toFixed(digits)} (${low.toFixed(digits)} … ${high.toFixed(digits)}) per minute, allowed ${allowed[figure]}, n = ${n}`,
      };
    };
    const [before, after] = [this.#before as Holdings, this.#after as Holdings];
    const checks = [
      {
        name: 'no frame lost without notice',
        passed: problems.length === 0,
        figures: `${total('results')} results, ${total('faults')} told as lost, ${total('missed')} missed, ${total('drops')} dropped, ${total('rejects')} rejects, ${total('laps')} laps with equal accounts; ${problems.length} problems${shown(problems)}`,
      },
      {
        name: 'every fault mastered',
        passed: wrong.length === 0,
        figures: `${this.#faults.length} faults${shown(wrong)}`,
      },
      this.#recovery(),
      {
        name: 'daemon up throughout',
        passed: answers.every(Number.isFinite) && outcome.code === 0 && said === '',
        figures: `${answers.length} answers, median ${medianOf(answers).toFixed(1)} ms, max ${Math.max(...answers).toFixed(1)} ms; ended with ${outcome.code}${said && `, saying ${said.slice(0, 500)}`}`,
      },
      steady('anonymousBytes'),
      steady('files'),
      steady('threads'),
      {
        name: 'nothing left when the pages are gone',
        passed:
          after.children === 0 &&
          after.files <= before.files + 1 &&
          after.threads <= before.threads + 1 &&
          after.sharedBytes <= before.sharedBytes + 1e6,
        figures: (['children', 'files', 'threads', 'sharedBytes', 'anonymousBytes'] as const)
          .map((name) => `${name} ${before[name]} → ${after[name]}`)
          .join(', '),
      },
      { name: 'no orphan', passed: left.length === 0, figures: left.join(', ') || 'none' },
    ];
    const { minutes } = this.#options;
    return {
      seed,
      minutes,
      checks,
      faults: this.#faults,
      samples: this.#samples,
      clients,
      loads: this.#loads,
      flatness,
    };
  }

  // A machine that is busy makes single ones slow: those are held against what their own child took to load.
  #recovery(): HostSoakReport['checks'][number] {
    const times = this.#faults.flatMap(({ kind, recoverMs }) =>
      kind === 'kill -9' && recoverMs !== undefined ? [recoverMs] : [],
    );
    const allowedMs = faults.recoveryMs + Math.max(...Object.values(this.#loads));
    return {
      name: 'results again after kill -9',
      passed: times.length > 0 && medianOf(times) <= allowedMs,
      figures: `median ${Math.round(medianOf(times))} ms, max ${Math.round(Math.max(...times))} ms, n = ${times.length}; allowed ${allowedMs} ms: ${faults.recoveryMs} ms and the slowest runtime's load`,
    };
  }

  get #loads(): Record<string, number> {
    const loads = this.#clients.flatMap((client) => client.loads);
    const runtimes = [...new Set(loads.map(({ runtime }) => runtime))];
    const of = (runtime: string) => loads.flatMap((load) => (load.runtime === runtime ? [load.ms] : []));
    return Object.fromEntries(runtimes.map((runtime) => [runtime, Math.round(medianOf(of(runtime)))]));
  }

  #flatness(): HostSoakReport['flatness'] {
    const warm = Math.min(2, this.#options.minutes / 3);
    const judged = this.#samples.filter(({ minute, answerMs }) => minute >= warm && Number.isFinite(answerMs));
    const times = judged.map(({ minute }) => minute);
    const judge = (figure: keyof typeof allowed) =>
      judgeFlatness(
        times,
        judged.map((sample) => sample[figure]),
        allowed[figure],
      );
    return { anonymousBytes: judge('anonymousBytes'), files: judge('files'), threads: judge('threads') };
  }

  async #makeFaults(lengthMs: number): Promise<void> {
    const { random } = this.#ground;
    const tickets = kinds.flatMap(({ weight }, index) => Array.from({ length: weight }, () => index));
    // The last ones need time to be mastered.
    while (performance.now() - this.#began < lengthMs - quietMs) {
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
      let holdings: Holdings;
      try {
        holdings = holdingsOf(this.#host.pid);
      } catch {
        this.#problems.push(`the daemon is gone after ${Math.round(due / 1000)} s`);
        return;
      }
      const sample = {
        minute: (performance.now() - this.#began) / 60_000,
        answerMs: answered ? performance.now() - asked : Number.NaN,
        ...holdings,
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

function plansFor(bundles: StoredBundles, random: () => number): ClientPlan[] {
  const rule = {
    type: 'line',
    id: 'gate',
    from: { x: 0.5, y: 1 },
    to: { x: 0.5, y: 0 },
    reject: ['*-defective'],
  } as const;
  const usual: ClientPlan['definition'] = {
    model: { type: 'bundle', path: bundles.good[0] },
    track: { type: 'sort' },
    rules: [{ ...rule, reject: [...rule.reject] }],
    recovery: { hangMs: faults.hangMs, restarts: 20 },
    slots: 2,
  };
  const belt = { type: 'synthetic', seed: 7, width: 640, height: 360 } as const;
  const frames = (least: number, most: number) => () => least + (random() % (most - least));
  const given = { ...usual, source: belt, pace: 12, queue: 'wait' } as const;
  return [
    {
      name: 'belt',
      lossless: true,
      frames: frames(120, 480),
      definition: { ...given, runtime: ['onnx-native', 'onnx-web'] },
    },
    ...(openVinoLibrary()
      ? [
          {
            name: 'openvino',
            lossless: true,
            frames: frames(120, 480),
            // One loss is enough for the next runtime to take over.
            definition: {
              ...given,
              pace: 8,
              runtime: ['openvino', 'onnx-native'],
              recovery: { hangMs: faults.hangMs, restarts: 2 },
            },
          } satisfies ClientPlan,
        ]
      : []),
    {
      name: 'live belt',
      lossless: false,
      frames: frames(100, 400),
      definition: { ...usual, source: { type: 'camera', deviceId: 'belt' }, runtime: ['onnx-web'] },
    },
    {
      name: 'camera',
      lossless: false,
      frames: frames(150, 400),
      preview: true,
      definition: { ...usual, source: { type: 'camera', deviceId: 'line' }, runtime: ['onnx-native', 'onnx-web'] },
    },
  ];
}

function medianOf(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
