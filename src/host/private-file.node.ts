import { open, rename, rm, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { InvalidArgumentError } from '../core/error.js';
import { makeFolder } from '../respond/make-folder.node.js';
import { writeFailure } from '../respond/write-failure.node.js';

/**
 * Writes a file that holds a secret: for its owner's eyes only, in a folder that nobody else can replace, whole or not at all.
 * @param subject what it is, for messages.
 * @throws {SinkError} ERR_SINK it cannot be written. @throws {InvalidArgumentError} ERR_ARGUMENT a folder of somebody else.
 */
export async function writePrivateFile(path: string, text: string, subject: string): Promise<void> {
  const unfinished = `${path}.${process.pid}.part`;
  try {
    const folder = dirname(resolve(path));
    await makeFolder(folder, 0o700);
    await requireOwnFolder(folder);
    // One that was killed at this very place may have had the same number, as processes of containers do.
    await rm(unfinished, { force: true });
    const file = await open(unfinished, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(unfinished, path);
  } catch (cause) {
    await rm(unfinished, { force: true }).catch(() => {});
    throw writeFailure(`${subject} ${path}`, cause);
  }
}

// Whoever may rename a folder on the way to the file can put another in its place, and send those who read it elsewhere.
async function requireOwnFolder(folder: string): Promise<void> {
  const own = process.getuid?.() ?? -1;
  const { uid, mode } = await stat(folder);
  const [foreign, open] = [uid !== own && uid !== 0, (mode & 0o002) !== 0 && (mode & 0o1000) === 0];
  if (own >= 0 && (foreign || open)) {
    throw new InvalidArgumentError({
      subject: `token file: folder ${folder}`,
      expected: 'one that other users can neither change nor replace',
      received: foreign ? `one of user ${uid}` : 'one that everybody may write to',
      remedy: 'Name a file in a folder of your own with --token-file.',
    });
  }
  const parent = dirname(folder);
  if (parent !== folder) await requireOwnFolder(parent);
}
