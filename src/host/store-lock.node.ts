import { closeSync, constants, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { InvalidArgumentError, SinkError, UnsupportedError } from '../core/error.js';
import { writeFailure } from '../respond/write-failure.node.js';
import { type Libc, loadLibc } from './libc.node.js';

/** Keeps other hosts from a store while it is held. */
export interface StoreLock {
  close(): void;
}

// LOCK_EX and LOCK_NB of flock.
const exclusiveAtOnce = 2 | 4;

/**
 * Takes a store for this host alone: a lock of the kernel's on the file `lock` in its folder, which ends with the process,
 * however that ends; the file stays. Nobody else may open it, so that no other user can keep a host from its own store.
 * There is none without Linux and koffi: without them, a host runs no pipeline either.
 * @throws {InvalidArgumentError} ERR_ARGUMENT another host has it. @throws {SinkError} ERR_SINK the folder takes no lock.
 */
export async function lockStore(folder: string): Promise<StoreLock> {
  let libc: Libc;
  try {
    libc = await loadLibc('lock of the model store');
  } catch (error) {
    if (error instanceof UnsupportedError) return { close() {} };
    throw error;
  }
  const path = join(folder, 'lock');
  let file: number | undefined;
  try {
    file = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
    if (libc.flock(file, exclusiveAtOnce) !== 0) throw refused(folder, path, libc.errorName());
    ftruncateSync(file);
    writeSync(file, `${process.pid}\n`, 0);
    const held = file;
    return { close: () => closeSync(held) };
  } catch (cause) {
    if (file !== undefined) closeSync(file);
    throw writeFailure(`model store ${folder}`, cause);
  }
}

function refused(folder: string, path: string, name: string): InvalidArgumentError | SinkError {
  const subject = `model store ${folder}`;
  if (!['EAGAIN', 'EWOULDBLOCK'].includes(name)) {
    return new SinkError({
      subject,
      expected: 'a file system with locks',
      received: `${name} from flock`,
      remedy: 'Name a folder on another file system with --store.',
    });
  }
  // Nothing yet, where the other has taken it just now.
  const pid = readFileSync(path, 'utf8').trim();
  return new InvalidArgumentError({
    subject,
    expected: 'no other host that uses it',
    received: pid === '' ? 'one that does' : `one that does (pid ${pid})`,
    remedy: 'Stop that one (reflexarc host stop with its --token-file), or give this one a --store of its own.',
  });
}
