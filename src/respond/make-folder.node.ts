import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { SinkError } from '../core/error.js';

/**
 * Makes a folder, and those that it lies in, level by level. `mkdir` with `recursive` never ends where a folder that is
 * there answers "no such folder" to a new one in it, as `/proc` does: Node then tries the same again and again.
 * @param mode of those that are made.
 * @throws {SinkError} ERR_SINK a folder takes no other in it. @throws the error of the file system otherwise, `EEXIST` where
 * something else is in the place.
 */
export async function makeFolder(path: string, mode = 0o777): Promise<void> {
  if (await isFolder(path)) return;
  const parent = dirname(path);
  if (parent !== path) await makeFolder(parent, mode);
  try {
    await mkdir(path, { mode });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    // Somebody else has just made it.
    if (code === 'EEXIST' && (await isFolder(path))) return;
    if (code !== 'ENOENT') throw cause;
    throw new SinkError({
      subject: path,
      expected: 'a place that can be written to',
      received: `${parent}, which takes no new folders`,
      remedy: 'Write somewhere else.',
      details: { code },
      cause,
    });
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') return false;
    throw cause;
  }
}
