import { readdir } from 'node:fs/promises';
import { SinkError } from '../core/error.js';
import { makeFolder } from './make-folder.node.js';
import { writeFailure } from './write-failure.node.js';

/**
 * Makes sure that a folder is there and empty, so that nothing of the user's is overwritten or mixed up.
 * @throws {SinkError} ERR_SINK it holds something, is a file, or cannot be made.
 */
export async function claimEmptyFolder(directory: string): Promise<void> {
  let entries: string[];
  try {
    await makeFolder(directory);
    entries = await readdir(directory);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') {
      throw new SinkError({ subject: directory, expected: 'an absent or empty folder', received: 'a file', cause });
    }
    throw writeFailure(directory, cause);
  }
  if (entries.length === 0) return;
  throw new SinkError({
    subject: directory,
    expected: 'an absent or empty folder',
    received: `one with ${entries.length} ${entries.length === 1 ? 'entry' : 'entries'}`,
    remedy: 'Name another folder, or empty this one.',
  });
}
