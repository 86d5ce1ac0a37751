import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';

/** The repository's root, where commands run. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

const program = join(root, 'dist', 'cli', 'main.node.js');

/** How a command ended, and what it said. */
export interface CliOutcome {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** A command that is running. */
export interface CliProcess {
  child: ChildProcess;
  /** Settles when it has ended; checks that it left no process behind. */
  ended: Promise<CliOutcome>;
  /** Settles when its standard output or error contains a text. */
  said(text: string): Promise<void>;
}

/** What a test may choose. */
export interface CliSettings {
  cwd?: string;
  env?: Record<string, string>;
  /** A command and its arguments in front of `node`. */
  wrapper?: readonly string[];
}

let serial = 0;

/** Starts the built command line, as a user's shell does. */
export function startCli(args: readonly string[], { cwd = root, env, wrapper = [] }: CliSettings = {}): CliProcess {
  if (!existsSync(program)) throw new Error(`${program} is not there: npm run build`);
  const marker = `${process.pid}-${++serial}`;
  const [command, ...rest] = [...wrapper, process.execPath, program, ...args];
  const child = spawn(command, rest, {
    cwd,
    env: { ...process.env, CI: '', FORCE_COLOR: '', REFLEXARC_DEBUG: '', REFLEXARC_TEST_RUN: marker, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  let listeners: (() => void)[] = [];
  const tell = () => {
    for (const listener of listeners) listener();
  };
  child.stdout?.setEncoding('utf8').on('data', (text) => {
    stdout += text;
    tell();
  });
  child.stderr?.setEncoding('utf8').on('data', (text) => {
    stderr += text;
    tell();
  });
  const ended = new Promise<CliOutcome>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  }).then((outcome) => {
    expect(survivorsOf(marker), 'processes left behind').toEqual([]);
    return outcome;
  });
  return {
    child,
    ended,
    said: (text) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (!`${stdout}${stderr}`.includes(text)) return;
          listeners = listeners.filter((listener) => listener !== look);
          resolve();
        };
        listeners.push(look);
        ended.then(() => reject(new Error(`ended without "${text}": ${stderr}`)), reject);
        look();
      }),
  };
}

/** Runs the built command line to its end. */
export function runCli(args: readonly string[], settings?: CliSettings): Promise<CliOutcome> {
  return startCli(args, settings).ended;
}

/** The one object that `--json` printed; nothing else may be on stdout, and no stack anywhere. */
// biome-ignore lint/suspicious/noExplicitAny: the tests look at what was really printed
export function onlyJson({ stdout, stderr }: CliOutcome): any {
  expect(stdout.endsWith('\n')).toBe(true);
  expect(stdout.trimEnd().split('\n').length, `one line on stdout, stderr: ${stderr}`).toBe(1);
  expectNoStack(stderr);
  return JSON.parse(stdout);
}

/** The error of a failed `--json` run: exit code, code, and all that an error must say. */
// biome-ignore lint/suspicious/noExplicitAny: the tests look at what was really printed
export function failureOf(outcome: CliOutcome, exitCode: number, errorCode: string): any {
  const output = onlyJson(outcome);
  const { error } = output;
  expect({ exit: outcome.code, code: error?.code }, outcome.stderr).toEqual({ exit: exitCode, code: errorCode });
  for (const part of ['message', 'expected', 'received', 'remedy']) {
    expect(error[part], part).toEqual(expect.stringMatching(/\S/));
  }
  return output;
}

/** No line of a stack trace: people are told what is wrong, not where in the code. */
export function expectNoStack(text: string): void {
  expect(text).not.toMatch(/^\s+at .*[(/].*:\d+/m);
}

/** An empty folder of its own. */
export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'reflexarc-cli-'));
}

// Processes that carry the run's mark in their environment; children inherit it, in whatever group they run.
function survivorsOf(marker: string): string[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`REFLEXARC_TEST_RUN=${marker}\0`);
    } catch {
      return false;
    }
  });
}
