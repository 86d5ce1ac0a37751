import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { InvalidArgumentError, SourceError } from '../core/error.js';
import { parse } from '../core/parse.js';
import { PrivateFile } from './private-file.node.js';

const tokenFileSchema = v.strictObject({
  url: v.pipe(v.string(), v.url()),
  port: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65535)),
  pid: v.pipe(v.number(), v.integer(), v.minValue(1)),
  token: v.pipe(v.string(), v.regex(/^[\w-]{43}$/, '43 characters of base64url')),
  store: v.string(),
});

/** What programs of the same user find a host by. */
export type TokenFile = v.InferOutput<typeof tokenFileSchema>;

/** Where the token is kept if nobody says otherwise: in the user's folder for such things, which ends with the session. */
export function usualTokenFile(environment: Readonly<Record<string, string | undefined>>): string {
  const { XDG_RUNTIME_DIR: runtime } = environment;
  // Not os.userInfo(): in a container the user may have a number and no name.
  const folder = runtime ? runtime : join(tmpdir(), `reflexarc-${process.getuid?.() ?? -1}`);
  return join(folder, 'reflexarc', 'host.json');
}

/** A new secret of 256 bits, as 43 characters of base64url. */
export function createToken(): string {
  return randomBytes(32).toString('base64url');
}

/** Compares two secrets in a time that depends on neither. */
export function sameToken(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}

/** Writes the file for its owner's eyes only, whole or not at all. @returns it, to be removed. @throws {SinkError} ERR_SINK it cannot be written. @throws {InvalidArgumentError} ERR_ARGUMENT a folder of somebody else. */
export function writeTokenFile(path: string, content: TokenFile): Promise<PrivateFile> {
  return PrivateFile.write(path, `${JSON.stringify(content)}\n`, 'token file');
}

/** Reads the file. @returns nothing where there is none. @throws {SourceError} ERR_SOURCE it is something else. */
export async function readTokenFile(path: string): Promise<TokenFile | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw damaged(path, (cause as Error).message, cause);
  }
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (cause) {
    throw damaged(path, 'something else', cause);
  }
  return parse(tokenFileSchema, data, `token file ${path}`, (report) => new SourceError(report));
}

/** True where a process of that number runs. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** The host that a file names, if it runs: not one that is dead, also where its process number runs again. @throws as {@link readTokenFile}. */
export async function findHost(path: string): Promise<TokenFile | undefined> {
  const found = await readTokenFile(path);
  return found && isRunning(found.pid) && (await answers(found)) ? found : undefined;
}

/**
 * Refuses to take the place of a host that runs; a file that a dead one left behind is no obstacle.
 * @throws {InvalidArgumentError} ERR_ARGUMENT another host runs. @throws {SourceError} ERR_SOURCE a file of something else.
 */
export async function requireNoHost(path: string): Promise<void> {
  const found = await findHost(path);
  if (!found) return;
  throw new InvalidArgumentError({
    subject: `token file ${path}`,
    expected: 'no other host',
    received: `one that runs (pid ${found.pid}, ${found.url})`,
    remedy: 'Stop it with reflexarc host stop, or give this one a --token-file and a --store of its own.',
    details: { pid: found.pid, url: found.url },
  });
}

// The number of a dead host's process may have gone to another program: only one that takes the token is a host.
async function answers({ url, token }: TokenFile): Promise<boolean> {
  try {
    const response = await fetch(new URL('.reflexarc/session', url), {
      headers: { Authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(2000),
    });
    return response.status === 204;
  } catch (error) {
    // It is there and says nothing, as one that is stopped: a host rather than none.
    return (error as Error).name === 'TimeoutError';
  }
}

function damaged(path: string, received: string, cause: unknown): SourceError {
  return new SourceError({
    subject: `token file ${path}`,
    expected: 'what a host has written there, or no file',
    received,
    remedy: 'Remove the file, or name another one with --token-file.',
    cause,
  });
}
