import { recoveryMs } from './child-faults.js';
import type { FaultOutcome } from './fault-ground.js';
import { type Flatness, judgeFlatness } from './flatness.js';

import type { Holdings } from './processes.js';
import type { SoakClient } from './soak-client.js';

/** A fault that was made, and what came of it. */
export interface FaultRecord extends FaultOutcome {
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

/** What a soak has seen. */
export interface HostSoakNotes extends Pick<HostSoakReport, 'seed' | 'minutes' | 'faults' | 'samples' | 'clients'> {
  /** Whether times are checked, too; they are told in any case. */
  timed: boolean;
  loads: SoakClient['loads'];
  /** The kinds of faults that had to be made. */
  expected: readonly string[];
  /** What did not add up, or did not end. */
  problems: readonly string[];
  /** What the daemon held before any page came, and when all were gone. */
  before: Holdings;
  after: Holdings;
  /** How it ended, and what it had to say. */
  code: number | null;
  said: string;
  /** Processes of its session after that. */
  left: readonly string[];
}

type Check = HostSoakReport['checks'][number];

// Per minute, in the second half of a run: compilers and collectors of a process that is young take their room, for some five minutes. A
// shorter run may be too short to exclude growth: then it must not show any, beyond what that room takes.
const allowed = { anonymousBytes: 0.5e6, files: 3, threads: 1 } as const;
const shortMinutes = 10;
const shortBytes = 5e6;
/** How much more memory than before any page came may be held when all are gone, however long that took. */
const allowedRest = 60e6;

/** Says whether a host has kept its word. */
export function judge(notes: HostSoakNotes): HostSoakReport {
  const { seed, minutes, faults, samples, clients, problems, left, code, said } = notes;
  const flatness = flatnessOf(notes);
  const loads = loadsOf(notes);
  const wrong = faults.flatMap(({ at, kind, problem }) => (problem ? [`${kind} at ${at} s: ${problem}`] : []));
  const total = (figure: 'results' | 'faults' | 'missed' | 'drops' | 'rejects' | 'laps') =>
    clients.reduce((sum, client) => sum + client[figure], 0);
  const answers = samples.map(({ answerMs }) => answerMs);
  const checks: Check[] = [
    {
      name: 'no frame lost without notice',
      passed: problems.length === 0,
      figures: `${total('results')} results, ${total('faults')} told as lost, ${total('missed')} missed, ${total('drops')} dropped, ${total('rejects')} rejects, ${total('laps')} laps with equal accounts; ${problems.length} problems${shown(problems)}`,
    },
    { name: 'every fault mastered', passed: wrong.length === 0, figures: `${faults.length} faults${shown(wrong)}` },
    variety(notes),
    recovery(notes, Math.max(...Object.values(loads))),
    {
      name: 'daemon up throughout',
      passed: answers.length > 0 && answers.every(Number.isFinite) && code === 0 && said === '',
      figures: `${answers.length} answers, median ${medianOf(answers).toFixed(1)} ms, max ${Math.max(...answers).toFixed(1)} ms; ended with ${code}${said && `, saying ${said.slice(0, 500)}`}`,
    },
    ...(Object.keys(allowed) as (keyof typeof allowed)[]).map((name) => steadiness(name, flatness[name], minutes)),
    emptiness(notes),
    { name: 'no orphan', passed: left.length === 0, figures: left.join(', ') || 'none' },
  ];
  return { seed, minutes, checks, faults, samples, clients, loads, flatness };
}

// Those of which nothing came do not count.
function variety({ faults, expected }: HostSoakNotes): Check {
  const made = new Set(faults.flatMap(({ kind, idle }) => (idle ? [] : [kind])));
  const missing = expected.filter((kind) => !made.has(kind));
  const figures = missing.length > 0 ? `not made: ${missing.join(', ')}` : `${made.size} kinds`;
  return { name: 'every kind of fault made', passed: missing.length === 0, figures };
}

// A machine that is busy makes single ones slow: those are held against what their own child took to load.
function recovery({ faults, timed }: HostSoakNotes, loadMs: number): Check {
  const times = faults.flatMap(({ kind, recoverMs }) =>
    kind === 'kill -9' && recoverMs !== undefined ? [recoverMs] : [],
  );
  return {
    name: 'results again after kill -9',
    passed: times.length > 0 && (medianOf(times) <= recoveryMs + loadMs || !timed),
    figures: `median ${Math.round(medianOf(times))} ms, max ${Math.round(Math.max(...times))} ms, n = ${times.length}; allowed ${recoveryMs + loadMs} ms: ${recoveryMs} ms and the slowest runtime's load`,
  };
}

function steadiness(name: string, judged: Flatness, minutes: number): Check {
  const { flat, grows, slope, low, high, level, allowed: most, n } = judged;
  const digits = name === 'anonymousBytes' ? 0 : 2;
  return {
    name: `${name} of the daemon flat`,
    passed: minutes < shortMinutes ? !grows : flat,
    figures: `level ${Math.round(level)}, ${slope.toFixed(digits)} (${low.toFixed(digits)} … ${high.toFixed(digits)}) per minute, allowed ${most}, n = ${n}`,
  };
}

function emptiness({ before, after }: HostSoakNotes): Check {
  const names = ['children', 'files', 'threads', 'sharedBytes', 'anonymousBytes'] as const;
  return {
    name: 'nothing left when the pages are gone',
    passed:
      after.children === 0 &&
      after.files <= before.files + 1 &&
      after.threads <= before.threads + 1 &&
      after.sharedBytes <= before.sharedBytes + 1e6 &&
      after.anonymousBytes <= before.anonymousBytes + allowedRest,
    figures: `${names.map((name) => `${name} ${before[name]} → ${after[name]}`).join(', ')}; anonymousBytes allowed + ${allowedRest}`,
  };
}

function loadsOf({ loads }: HostSoakNotes): Record<string, number> {
  const runtimes = [...new Set(loads.map(({ runtime }) => runtime))];
  const of = (runtime: string) => loads.flatMap((load) => (load.runtime === runtime ? [load.ms] : []));
  return Object.fromEntries(runtimes.map((runtime) => [runtime, Math.round(medianOf(of(runtime)))]));
}

function flatnessOf({ samples, minutes }: HostSoakNotes): HostSoakReport['flatness'] {
  const judged = samples.filter(({ minute, answerMs }) => minute >= minutes / 2 && Number.isFinite(answerMs));
  const times = judged.map(({ minute }) => minute);
  const of = (figure: keyof typeof allowed, most: number = allowed[figure]) =>
    judgeFlatness(
      times,
      judged.map((sample) => sample[figure]),
      most,
    );
  const bytes = minutes < shortMinutes ? shortBytes : allowed.anonymousBytes;
  return { anonymousBytes: of('anonymousBytes', bytes), files: of('files'), threads: of('threads') };
}

function shown(list: readonly string[]): string {
  return list.length > 0 ? `: ${list.slice(0, 5).join('; ')}` : '';
}

function medianOf(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
