import { once } from 'node:events';
import { readdirSync, readlinkSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HostConnection } from '../../src/bridge/host-connection.js';
import { connectTo, openOn } from '../host/host-client.js';
import { startHost, type TestHost } from '../host/test-host.js';
import { type FaultOutcome, ms } from './fault-ground.js';
import { childrenOf, ringOf, runningOf } from './processes.js';
import type { ClientPlan } from './soak-client.js';

// What the kernel and the programs that read a pipe of the daemon need to end.
const endMs = 5000;
// Attempts to connect are at most 10 s apart.
const refusalMs = 40_000;
const enough = 5;

/** How a host is started: its arguments, and what {@link startHost} takes beside them. */
export type Start = [args: readonly string[], settings: Parameters<typeof startHost>[1] & { folder: string }];

/**
 * The daemon of a host is killed while pages have pipelines on it, one of whose children is stopped: no process and no memory stays.
 * Another one starts on the same store, token file and port; the pages are told that their host is lost, and that the new
 * one refuses their token, and begin anew.
 */
export async function killDaemon([args, settings]: Start, plans: readonly ClientPlan[]): Promise<FaultOutcome> {
  const first = await startHost(args, settings);
  const pages: Page[] = [];
  try {
    for (const plan of plans) pages.push(await Page.open(first, plan));
    await Promise.all(pages.map((page) => page.gotSome));
    const { children, goneMs, problems } = await kill(first, plans.length);
    const next = await startHost([...args, '--port', String(first.port)], settings);
    try {
      for (const page of pages) problems.push(...(await page.refused()));
      await Promise.all(plans.map((plan) => beginAnew(next, plan)));
    } finally {
      next.child.kill('SIGTERM');
    }
    const { code, stderr } = await next.ended;
    if (code !== 0) problems.push(`the next host ended with ${code}, saying ${stderr}`);
    const outcome = `${children} children gone after ${ms(goneMs)}, ${pages.length} pages told and begun anew`;
    return problems.length > 0 ? { outcome, problem: problems.join('; ') } : { outcome };
  } finally {
    first.child.kill('SIGKILL');
    for (const page of pages) page.close();
  }
}

async function kill(host: TestHost, pages: number): Promise<{ children: number; goneMs: number; problems: string[] }> {
  const problems: string[] = [];
  // It tells of processes that are left; so does this, with more patience.
  host.ended.catch(() => {});
  const children = childrenOf(host.pid);
  const rings = children.flatMap((child) => ringOf(child) ?? []);
  const stopped = children.find((child) => ringOf(child) !== undefined);
  if (rings.length < pages || !stopped) problems.push(`${rings.length} rings of ${pages} pages`);
  else process.kill(stopped, 'SIGSTOP');
  const exit = once(host.child, 'exit');
  const began = performance.now();
  process.kill(host.pid, 'SIGKILL');
  await exit;
  let left = runningOf(host.pid);
  while (left.length > 0 && performance.now() - began < endMs) {
    await sleep(20);
    left = runningOf(host.pid);
  }
  const goneMs = performance.now() - began;
  if (left.length > 0) problems.push(`left: ${left.map(({ pid, name, state }) => `${pid} ${name} (${state})`)}`);
  problems.push(...holdersOf(rings));
  for (const { pid } of left) process.kill(pid, 'SIGKILL');
  return { children: children.length, goneMs, problems };
}

/** A page that knows the token of its host, and no other. */
class Page {
  readonly gotSome: Promise<void>;
  readonly #name: string;
  readonly #news: string[];
  readonly #ended: Promise<{ code?: string; details?: { reason?: unknown } } | undefined>;

  readonly #connection: HostConnection;

  private constructor(name: string, connection: HostConnection, news: string[], results: AsyncIterable<unknown>) {
    this.#name = name;
    this.#connection = connection;
    this.#news = news;
    let got = () => {};
    this.gotSome = new Promise((resolve) => {
      got = resolve;
    });
    const run = async () => {
      let count = 0;
      for await (const _ of results) if (++count === enough) got();
    };
    this.#ended = run()
      .catch((error) => error)
      .finally(got);
  }

  static async open(host: TestHost, { name, definition }: ClientPlan): Promise<Page> {
    const news: string[] = [];
    const { connection } = await connectTo(
      () => host,
      ({ type }) => news.push(type),
    );
    const pipeline = await openOn(connection, definition, { onFault: () => {} });
    return new Page(name, connection, news, pipeline.run());
  }

  /** @returns what it was told wrongly; nothing where it was told `lost`, then `refused`, and its run ended with that. */
  async refused(): Promise<string[]> {
    const error = await Promise.race([this.#ended, sleep(refusalMs, undefined, { ref: false })]);
    const told = this.#news[0] === 'lost' && this.#news.at(-1) === 'refused' && error?.details?.reason === 'token';
    return told ? [] : [`${this.#name}: told ${this.#news}, ended with ${error}`];
  }

  close(): void {
    this.#connection.close();
  }
}

async function beginAnew(host: TestHost, { definition }: ClientPlan): Promise<void> {
  const { connection } = await connectTo(() => host);
  await using pipeline = await openOn(connection, definition, { onFault: () => {} });
  let count = 0;
  for await (const _ of pipeline.run()) if (++count === enough) break;
  connection.close();
}

// Memory without a name is there for as long as somebody has it open or mapped: whoever maps a ring keeps its descriptor.
function holdersOf(rings: readonly number[]): string[] {
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    try {
      return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
        const path = `/proc/${pid}/fd/${fd}`;
        const held = readlinkSync(path).includes('memfd:') && rings.includes(statSync(path).ino);
        return held ? [`${pid} holds a ring`] : [];
      });
    } catch {
      return [];
    }
  });
}
