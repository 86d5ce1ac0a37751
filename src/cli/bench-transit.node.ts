import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { InferenceError, UnsupportedError } from '../core/error.js';
import type { BridgeCaseOptions, BridgeResult } from './bench-bridge.node.js';
import { median } from './bench-statistics.js';
import { PeerFailure, PeerProcess } from './peer-process.node.js';

// The same from src/cli and from dist/cli; the published package has no such folder.
const peer = fileURLToPath(new URL('../../test/bench/peers/host-page.mjs', import.meta.url));
const program = fileURLToPath(new URL('../../dist/cli/main.node.js', import.meta.url));
const framesPerSecond = 30;
/** What the way of a result to its page may take, in ms. */
const limit = 1;
// Results and bare messages take turns.
const turnCount = 4;
// Samples that half a second per minute of a camera gives, at most: a page is watched for so long.
const mostSamples = 900;

interface Turn {
  /** ms, over the results of the turn. */
  p50: number;
  p99: number;
  n: number;
  /** Median of the bare messages, in ms. */
  bare: number;
}

/**
 * Times results on their way from a host's process to a page in headless Chromium: from the call that sends one until the page has
 * it decoded, by the clocks of both, which are compared as in the Network Time Protocol. The host runs the built-in model on
 * its synthetic camera, 30 frames per second; the page's boxes are looked at first. Beside it a bare WebSocket message of that length, in
 * turns: most of the time is the browser's own, from one of its processes to the next.
 * @throws {UnsupportedError} ERR_UNSUPPORTED no Chromium, no playwright-core or no built package. @throws {PeerFailure} host or page broke down.
 * @throws {InferenceError} ERR_RUNTIME the page got no boxes.
 */
export async function benchTransit({ samples, signal }: BridgeCaseOptions): Promise<Omit<BridgeResult, 'case'>> {
  if (!existsSync(program)) throw lacking(`no ${program}`);
  const folder = await mkdtemp(join(tmpdir(), 'reflexarc-bench-'));
  using page = new PeerProcess(process.execPath, [peer], signal);
  let host: ChildProcess | undefined;
  try {
    const greeting = await page.greeting();
    if ('missing' in greeting) throw lacking(greeting.missing);
    const app = join(folder, 'app');
    await page.prepare({ app }, 1, new Uint8Array());
    host = startHost(folder, app);
    const opened = await page.prepare({ url: await addressOf(host) }, 1, new Uint8Array());
    if ('unsupported' in opened) throw new PeerFailure(`the page says: ${opened.unsupported}`);
    requireBoxes(new Float32Array(opened.slice().buffer));
    const turns: Turn[] = [];
    const n = Math.ceil(Math.min(samples, mostSamples) / turnCount);
    while (turns.length < turnCount) {
      signal?.throwIfAborted();
      turns.push((await page.measure(n)) as unknown as Turn);
    }
    const middle = (value: (turn: Turn) => number) => median(turns.map(value));
    return {
      n: turns.reduce((sum, turn) => sum + turn.n, 0),
      figures: [
        { name: 'host to page, p50', value: middle(({ p50 }) => p50), unit: 'ms', limit },
        { name: 'host to page, p99', value: middle(({ p99 }) => p99), unit: 'ms' },
        { name: 'a bare message of that length, p50', value: middle(({ bare }) => bare), unit: 'ms' },
        { name: 'host / bare message', value: middle(({ p50, bare }) => p50 / bare), unit: '×' },
      ],
    };
  } finally {
    if (host && host.exitCode === null) {
      host.kill('SIGTERM');
      await once(host, 'exit');
    }
    await rm(folder, { recursive: true, force: true });
  }
}

function startHost(folder: string, app: string): ChildProcess {
  const camera = `belt=synthetic,seed=7,width=640,height=360,frameRate=${framesPerSecond}`;
  const own = ['--store', join(folder, 'store'), '--token-file', join(folder, 'token.json')];
  const args = [program, 'host', '--json', '--port', '0', '--app', app, '--camera', camera, ...own];
  return spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
}

// The page's address, with the token that a person would have been shown.
async function addressOf(host: ChildProcess): Promise<string> {
  let said = '';
  host.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-1000);
  });
  const ended = once(host, 'exit').then(([code]) => {
    throw new PeerFailure(`the host ended with ${code}, saying: ${said.trim()}`);
  });
  const lines = createInterface({ input: host.stdout as NodeJS.ReadableStream });
  const [line] = (await Promise.race([once(lines, 'line'), ended])) as [string];
  ended.catch(() => {});
  const { url, tokenFile } = JSON.parse(line) as { url: string; tokenFile: string };
  const { token } = JSON.parse(await readFile(tokenFile, 'utf8')) as { token: string };
  return `${url}#token=${token}`;
}

// Five numbers each; a box lies in the picture, and is as sure as a score can be.
function requireBoxes(rows: Float32Array): void {
  const isBox = (at: number) => rows[at + 2] > 0 && rows[at + 3] > 0 && rows[at + 4] > 0 && rows[at + 4] <= 1;
  const count = rows.length / 5;
  if (count >= 1 && Number.isInteger(count) && Array.from({ length: count }, (_, i) => 5 * i).every(isBox)) return;
  const expected = 'boxes of what is on the belt';
  throw new InferenceError({ subject: 'page of a host', expected, received: `${rows.length} numbers` });
}

function lacking(received: string): UnsupportedError {
  return new UnsupportedError({
    subject: 'bench case result-to-page',
    expected: 'a checkout of this package that is built, with Chromium',
    received,
    remedy: 'Run `npm run build` in a checkout; REFLEXARC_CHROMIUM names a browser that lies elsewhere.',
    details: { supported: [] },
  });
}
