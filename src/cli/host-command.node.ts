import { once } from 'node:events';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { HostChild, HostStatus } from '../bridge/host-status.js';
import { SourceError } from '../core/error.js';
import { ModelStore } from '../deploy/model-store.node.js';
import { declareCamera } from '../host/camera-declaration.node.js';
import { Companion, type CompanionNews } from '../host/companion.node.js';
import { Daemon, requireOrigin } from '../host/daemon.node.js';
import { OpeningPage } from '../host/opening-page.node.js';
import { probeRuntimes } from '../host/probe-runtimes.node.js';
import type { Scheduling } from '../host/scheduling/scheduling.js';
import { isRunning, readTokenFile, type TokenFile, usualTokenFile } from '../host/token-file.node.js';
import { colorsFor } from './colors.node.js';
import type { CommandContext } from './command-context.node.js';
import { exitCodes } from './failure.node.js';
import * as value from './option-values.js';
import { builtInModel } from './run-definition.node.js';
import { addOutputOptions } from './run-options.js';
import { hasKiosk, kioskFolder } from './serve-kiosk.node.js';
import { indented } from './tables.node.js';
import { UsageError } from './usage-error.js';
import { requireStore, usualStore } from './usual-store.node.js';

interface HostOptions {
  affinity?: number[];
  nice?: number;
  fifo?: number;
  lockMemory?: boolean;
  busyPoll?: boolean;
  port: number;
  store?: string;
  tokenFile: string;
  camera: string[];
  app: string;
  open?: string;
  allowOrigin: string[];
  grace: number;
  page: string;
  previewRate: number;
  previewSize: number;
  json?: boolean;
}

const help = `
Serves a page and runs its pipelines on this machine: connectHost() in the page, the same definition as
everywhere. Only this machine's programs reach it, and only with the token of this start, which is part of
the address that is printed and of the token file (mode 0600). --open starts a browser with a page beside
that file which leads there, because arguments are visible to everybody: the browser must be able to read it.

A camera is NAME=SOURCE: a video device, "synthetic", or a picture, folder, video or recording.
  --camera line=/dev/video0,size=1280x720,rate=30,format=mjpeg
  --camera belt=synthetic,seed=7,noise=4
  --camera replay=shift.mp4,loop

Examples:
  $ reflexarc host --camera line=/dev/video0 --page '?source=host&camera=line&autostart=1' --open 'chromium --kiosk'
  $ reflexarc host --port 7381 --json
  $ reflexarc host status
  $ reflexarc host stop`;

/** Where a host listens if nobody says otherwise. */
export const usualPort = 7381;

/** Adds `reflexarc host`, with `status` and `stop`. */
export function addHostCommand(program: Command, context: CommandContext): void {
  const several = (text: string, before: string[]) => [...before, text];
  const origins = (text: string, before: string[]) => [...before, requireOrigin(text)];
  const command = program
    .command('host')
    .description('serve a page and run its pipelines on this machine')
    .option('--port <n>', 'where to listen; 0 takes a free port', value.wholeNumber('--port', 0, 65535), usualPort)
    .option('--camera <name=source>', 'a camera that pages may name; may be repeated', several, [])
    .option('--store <dir>', 'folder of the model store', value.folder('--store'), usualStore(process.env))
    .option(
      '--token-file <file>',
      'where the token is written',
      value.file('--token-file'),
      usualTokenFile(process.env),
    )
    .option('--app <dir>', 'folder of the page that is served (default: the kiosk)', value.folder('--app'), kioskFolder)
    .option('--page <path>', 'path and query of the page that is printed and opened', '')
    .option(
      '--open <command>',
      'browser to start, a line for the shell; a file that opens the page follows it; again whenever it ends',
      Companion.requireCommand,
    )
    .option('--allow-origin <origin>', 'a further origin whose pages may connect; may be repeated', origins, [])
    .option('--grace <time>', 'how long pipelines outlive a lost page', value.duration('--grace'), 10_000)
    .option(
      '--preview-rate <n>',
      'pictures per second that a page may have at most',
      value.numberBetween('--preview-rate', 0.1, 60),
      15,
    )
    .option(
      '--preview-size <px>',
      'longer side of such a picture at most',
      value.wholeNumber('--preview-size', 16, 4096),
      1280,
    );
  command
    .option('--affinity <cpus>', 'CPUs of the threads that models run on, e.g. 2,3', cpus('--affinity'))
    .option('--nice <n>', 'niceness of those threads, lower comes first', value.wholeNumber('--nice', -20, 19))
    .option('--fifo <priority>', 'lets them run in real time', value.wholeNumber('--fifo', 1, 99))
    .option('--lock-memory', 'keeps the frames of pipelines in memory')
    .option('--busy-poll', 'threads never sleep between frames: sooner by some 20 µs, for a core each');
  addOutputOptions(command)
    .addHelpText('after', help)
    .action(async (options: HostOptions) => context.finish(await host(options, context)));
  for (const [name, description, act] of [
    ['status', 'say how the host is that runs', status],
    ['stop', 'stop the host that runs', stop],
  ] as const) {
    const sub = command.command(name).description(description);
    addOutputOptions(sub).action(async (_: unknown, { optsWithGlobals }: Command) => {
      await act(optsWithGlobals.call(sub) as HostOptions, context);
      context.finish(exitCodes.success);
    });
  }
}

function cpus(flag: string): (text: string) => number[] {
  const one = value.wholeNumber(flag, 0, 1023);
  return (text) => value.list(flag)(text).map(one);
}

// What the kernel says to each wish stands in the children's states.
function schedulingOf({ affinity, nice, fifo, lockMemory, busyPoll }: HostOptions): Scheduling | undefined {
  const wishes: Scheduling = {
    ...(affinity && { affinity }),
    ...(nice !== undefined && { niceness: nice }),
    ...(fifo !== undefined && { scheduler: 'fifo', priority: fifo }),
    ...(lockMemory && { lockMemory }),
    ...(busyPoll && { busyPoll }),
  };
  return Object.keys(wishes).length > 0 ? wishes : undefined;
}

async function host(options: HostOptions, { stdout, signal, debug }: CommandContext): Promise<number> {
  if (options.app === kioskFolder && !hasKiosk()) {
    throw new UsageError({
      subject: '--app',
      expected: 'the folder of a page',
      received: 'none, and the kiosk is not built here',
      remedy: 'Name the folder of your page: --app dist',
    });
  }
  if (options.open !== undefined) await OpeningPage.requirePlace(options.tokenFile);
  const store = await ModelStore.open(requireStore(options.store));
  await store.add(builtInModel, { signal });
  const cameras = await Promise.all(options.camera.map(declareCamera));
  // Last, so that no process is left behind by what is refused before.
  const runtimes = await probeRuntimes({ signal });
  signal.throwIfAborted();
  const stopped = new AbortController();
  await using daemon = await Daemon.start({
    port: options.port,
    app: options.app,
    tokenFile: resolve(options.tokenFile),
    store: store.folder,
    cameras,
    origins: options.allowOrigin,
    runtimes,
    limits: { graceMs: options.grace },
    preview: { rate: options.previewRate, maxSide: options.previewSize },
    page: options.page,
    scheduling: schedulingOf(options),
    onStop: () => stopped.abort(),
  });
  const { url, port, address } = daemon;
  // Before it is ready: a folder that takes no file is found out now.
  const page = options.open === undefined ? undefined : await OpeningPage.write(options.tokenFile, address);
  if (!page) await OpeningPage.clear(options.tokenFile);
  const ready = { url, port, pid: process.pid, tokenFile: resolve(options.tokenFile) };
  const pc = colorsFor(process.stdout);
  const ended = AbortSignal.any([signal, stopped.signal]);
  try {
    await stdout.writeLine(
      options.json
        ? JSON.stringify(ready)
        : `\n${indented(`${pc.green('●')} ${pc.bold(address)}\n${pc.dim('  Ctrl-C ends it. The address holds the token: give it to nobody.')}`)}\n`,
    );
    if (options.open !== undefined && page) await accompany(options.open, daemon, page.url, { ended, debug });
    else if (!ended.aborted) await once(ended, 'abort');
  } finally {
    await page?.remove();
  }
  // A signal is how a service is ended: that is no failure.
  return exitCodes.success;
}

// Runs the program of --open until the host ends.
async function accompany(
  command: string,
  daemon: Daemon,
  address: string,
  { ended, debug }: { ended: AbortSignal; debug: boolean },
): Promise<void> {
  const isShown = () => daemon.connections > 0;
  const companion = new Companion(command, address, isShown, (news) => {
    if (debug || news.type === 'ended') process.stderr.write(`reflexarc: --open "${command}" ${wordsOf(news)}\n`);
  });
  try {
    if (!ended.aborted) await once(ended, 'abort');
  } finally {
    await companion.close();
  }
}

// What a shell says of a command that it cannot run.
const shellCodes: Record<number, string> = {
  126: ': it cannot be run. Make the file executable (chmod +x), or correct --open',
  127: ': there is no such command. Install it, or correct --open, which needs the whole path where PATH does not lead',
};

function wordsOf(news: CompanionNews): string {
  if (news.type === 'started') return `runs (pid ${news.pid}).`;
  const { code, signal, waitMs } = news;
  const how = code === null ? `by ${signal ?? 'want of a shell'}` : `with exit code ${code}${shellCodes[code] ?? ''}`;
  return `ended ${how}. It is started again in ${waitMs / 1000} s.`;
}

async function status({ tokenFile, json }: HostOptions, { stdout }: CommandContext): Promise<void> {
  const found = await runningHost(tokenFile);
  const response = await ask(found, tokenFile, 'GET', 'status');
  const report = (await response.json()) as HostStatus;
  if (json) return stdout.writeLine(JSON.stringify(report));
  const { url, pid, connections, cameras, pipelines, sensors } = report;
  const rows = [
    `${url}  pid ${pid}`,
    `connections  ${connections}`,
    `cameras      ${cameras.map(({ name }) => name).join(', ') || 'none'}`,
    `store        ${found.store}`,
    ...pipelines.flatMap(({ children, model }) => children.map((child) => `child        ${childText(child, model)}`)),
    ...sensors.readings
      .filter(({ kind }) => kind === 'temperature' || kind === 'power')
      .map(({ name, value, unit }) => `${name.padEnd(11)}  ${value.toFixed(1)} ${unit}`),
  ];
  return stdout.writeLine(`\n${indented(rows.join('\n'))}\n`);
}

function childText({ id, choice, pid, state, device, restarts }: HostChild, model: string): string {
  const times = restarts === 0 ? '' : `, replaced ${restarts} ×`;
  return `${id}  ${model}  ${choice}  ${state}${device === null ? '' : ` on ${device}`}${pid === null ? '' : `  pid ${pid}`}${times}`;
}

const stopMs = 20_000;

async function stop({ tokenFile, json }: HostOptions, { stdout }: CommandContext): Promise<void> {
  const found = await runningHost(tokenFile);
  await ask(found, tokenFile, 'POST', 'stop');
  const until = Date.now() + stopMs;
  while (isRunning(found.pid)) {
    if (Date.now() > until) {
      throw new SourceError({
        subject: `host (pid ${found.pid})`,
        expected: `an end within ${stopMs / 1000} s`,
        received: 'none',
        remedy: `End it yourself: kill ${found.pid}`,
      });
    }
    await new Promise((done) => setTimeout(done, 50));
  }
  await stdout.writeLine(
    json ? JSON.stringify({ stopped: found.pid }) : `\n${indented(`stopped  pid ${found.pid}`)}\n`,
  );
}

async function runningHost(tokenFile: string): Promise<TokenFile> {
  const found = await readTokenFile(tokenFile);
  if (found && isRunning(found.pid)) return found;
  throw noHost(tokenFile, found ? `the file of one that has ended (pid ${found.pid})` : 'no such file');
}

async function ask({ url, token }: TokenFile, tokenFile: string, method: string, what: string): Promise<Response> {
  let response: Response;
  try {
    const headers = { Authorization: `Bearer ${token}` };
    response = await fetch(new URL(`.reflexarc/${what}`, url), { method, headers, signal: AbortSignal.timeout(5000) });
  } catch (cause) {
    throw noHost(tokenFile, `no answer at ${url} (${(cause as Error).message})`, cause);
  }
  if (!response.ok) throw noHost(tokenFile, `an answer of ${response.status} at ${url}: a token of another start`);
  return response;
}

function noHost(tokenFile: string, received: string, cause?: unknown): SourceError {
  return new SourceError({
    subject: `token file ${tokenFile}`,
    expected: 'that of a host that runs',
    received,
    remedy: 'Start one: reflexarc host. If it was given a --token-file, name it here, too.',
    cause,
  });
}
