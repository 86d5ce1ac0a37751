import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { usualSeed } from '../conformance/random-numbers.js';
import { soakHost } from './host-soak.js';
import type { FaultRecord, HostSample, HostSoakReport } from './host-verdict.js';

const results = fileURLToPath(new URL('../../build/soak/', import.meta.url));

/** What `--help` prints. */
export const usage = `Runs a reflexarc host with several pages and does to it what may happen to one, at random: kills and stops its
children and its daemon, cuts and holds connections, floods it, swaps models, pulls its camera out, fills its disk. Says
whether it keeps its word. From two minutes on, every kind of fault is made at least once.

  npm run soak:host -- [options]

  --minutes <n>  length of the run, at least 1 (10)
  --seed <n>     which faults come, in which order (${usualSeed})
  --json         one JSON object instead of text
  --help         this text

Ends with 0 where every check is passed, 1 where not, 2 where the options are wrong. Needs the built package and ffmpeg;
a pipeline on openvino takes part where test/fixtures/python-requirements.txt is installed.`;

/**
 * Puts a host to the test for some minutes; for options see {@link usage}. Writes `build/soak/host.json`.
 * @returns 1 where a check is not passed.
 */
export default async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      minutes: { type: 'string', default: '10' },
      seed: { type: 'string', default: String(usualSeed) },
      json: { type: 'boolean', default: false },
    },
  });
  const [minutes, seed] = [Number(values.minutes), Number(values.seed)];
  if (!(minutes >= 1) || !Number.isInteger(seed)) {
    console.error(`Expected --minutes of at least 1 and a whole --seed; got ${JSON.stringify(values)}.\n\n${usage}`);
    return 2;
  }
  const progress = new Progress();
  // The host is in a session of its own, which a terminal's Ctrl-C does not reach: it is ended on exit.
  process.once('SIGINT', () => process.exit(130));
  const report = await soakHost({
    minutes,
    seed,
    timed: true,
    onFault: (fault) => progress.fault(fault),
    onSample: (sample) => progress.sample(sample),
  });
  progress.end();
  mkdirSync(results, { recursive: true });
  writeFileSync(`${results}host.json`, `${JSON.stringify(report, null, 2)}\n`);
  console.log(values.json ? JSON.stringify(report) : table(report));
  return report.checks.every(({ passed }) => passed) ? 0 : 1;
}

/** One line that changes on a terminal, a line every ten seconds elsewhere; faults above it. */
class Progress {
  readonly #live = process.stderr.isTTY;
  #last = '';

  fault({ at, kind, client = '', outcome, detectMs, recoverMs, problem }: FaultRecord): void {
    const times = [
      ...(detectMs === undefined ? [] : [`told ${Math.round(detectMs)} ms`]),
      ...(recoverMs === undefined ? [] : [`results ${Math.round(recoverMs)} ms`]),
    ].join(', ');
    const text = `${at.toFixed(1).padStart(6)} s  ${kind.padEnd(22)} ${client.padEnd(9)} ${outcome}  ${times}`;
    this.#write(`${text.trimEnd()}${problem ? `\n          PROBLEM ${problem}` : ''}\n`);
  }

  sample({ minute, anonymousBytes, files, children, results: count, answerMs }: HostSample): void {
    this.#last = `${minute.toFixed(2)} min  ${(anonymousBytes / 1e6).toFixed(1)} MB  ${files} files  ${children} children  ${count} results  answer ${answerMs.toFixed(0)} ms`;
    if (this.#live) this.#write('');
    else if (Math.round(minute * 60) % 10 === 0) process.stderr.write(`${this.#last}\n`);
  }

  end(): void {
    if (this.#live) process.stderr.write('\r\x1b[K');
  }

  #write(lines: string): void {
    process.stderr.write(this.#live ? `\r\x1b[K${lines}${this.#last}` : lines);
  }
}

function table({ checks, faults, clients, loads, seed, minutes }: HostSoakReport): string {
  const kinds = [...new Set(faults.map(({ kind }) => kind))].sort();
  const rows = kinds.map((kind) => {
    const made = faults.filter((fault) => fault.kind === kind);
    const of = (figure: 'detectMs' | 'recoverMs' | 'loadMs') =>
      spread(made.flatMap((fault) => (fault[figure] === undefined ? [] : [fault[figure]])));
    return `${kind.padEnd(24)} ${String(made.length).padStart(5)}  ${of('detectMs').padEnd(26)} ${of('recoverMs').padEnd(26)} ${of('loadMs')}`.trimEnd();
  });
  const named = clients.map(
    ({ name, results: count, faults: lost, missed, drops, laps, reconnects }) =>
      `${name.padEnd(24)} ${String(count).padStart(5)} results, ${lost} lost, ${missed} missed, ${drops} dropped; ${laps} whole laps, ${reconnects} reconnects`,
  );
  return [
    `\n${'fault'.padEnd(24)} count  ${'told after, p50 / max'.padEnd(26)} ${'results again'.padEnd(26)} of that the new child`,
    ...rows,
    '',
    ...named,
    `median loads: ${Object.entries(loads)
      .map(([runtime, ms]) => `${runtime} ${ms} ms`)
      .join(', ')}`,
    '',
    ...checks.map(({ name, passed, figures }) => `${passed ? 'ok  ' : 'FAIL'} ${name}: ${figures}`),
    `${minutes} minutes, seed ${seed}; all of it is in build/soak/host.json`,
  ].join('\n');
}

function spread(values: readonly number[]): string {
  if (values.length === 0) return '';
  const sorted = [...values].sort((a, b) => a - b);
  return `${Math.round(sorted[sorted.length >> 1])} / ${Math.round(sorted.at(-1) as number)} ms (n = ${sorted.length})`;
}
