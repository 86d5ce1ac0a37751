import { readFileSync, unlinkSync } from 'node:fs';
import { lstat, open, readFile, readlink, rename, rm } from 'node:fs/promises';
import { dirname, isAbsolute, parse, resolve, sep } from 'node:path';
import { InvalidArgumentError } from '../core/error.js';
import { makeFolder } from '../respond/make-folder.node.js';
import { writeFailure } from '../respond/write-failure.node.js';
import { isPrivateGroup } from './private-group.node.js';

/** A file that holds a secret: for its owner's eyes only, and gone with its process, unless that is killed. */
export class PrivateFile {
  readonly #path: string;
  readonly #text: string;

  // The last chance of a process that ends at once: only what is synchronous is still done.
  readonly #onExit = () => {
    try {
      if (readFileSync(this.#path, 'utf8') === this.#text) unlinkSync(this.#path);
    } catch {
      // It is gone already.
    }
  };

  private constructor(path: string, text: string) {
    this.#path = path;
    this.#text = text;
    process.on('exit', this.#onExit);
  }

  /**
   * Writes it into a folder that nobody else can replace, whole or not at all, over whatever lies there.
   * @param subject what it is, for messages.
   * @throws {SinkError} ERR_SINK it cannot be written. @throws {InvalidArgumentError} ERR_ARGUMENT a folder of somebody else.
   */
  static async write(path: string, text: string, subject: string): Promise<PrivateFile> {
    const whole = resolve(path);
    const unfinished = `${whole}.${process.pid}.part`;
    try {
      const folder = dirname(whole);
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
      await rename(unfinished, whole);
      return new PrivateFile(whole, text);
    } catch (cause) {
      await rm(unfinished, { force: true }).catch(() => {});
      throw writeFailure(`${subject} ${path}`, cause);
    }
  }

  /** Removes it where it is still this one. Idempotent. */
  async remove(): Promise<void> {
    process.off('exit', this.#onExit);
    const found = await readFile(this.#path, 'utf8').catch(() => undefined);
    if (found === this.#text) await rm(this.#path, { force: true });
  }
}

// Whoever may rename a folder or a link on the way to the file can put another in its place, and send those who read it
// elsewhere. Links are followed one by one: what they lead through counts as what they lie in.
async function requireOwnFolder(folder: string): Promise<void> {
  const own = process.getuid?.() ?? -1;
  if (own < 0) return;
  const root = parse(folder).root;
  let at = root;
  const words = folder.slice(root.length).split(sep);
  await requireOwn(at, own);
  // The system has ended loops of links already, when the folder was made.
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const next = resolve(at, word);
    const { isLink } = await requireOwn(next, own);
    if (!isLink) {
      at = next;
      continue;
    }
    const target = await readlink(next);
    if (isAbsolute(target)) at = root;
    words.unshift(...target.split(sep));
  }
}

async function requireOwn(path: string, own: number): Promise<{ isLink: boolean }> {
  const found = await lstat(path);
  const { uid, gid, mode } = found;
  const isLink = found.isSymbolicLink();
  let received: string | undefined;
  if (uid !== own && uid !== 0) received = `one of user ${uid}`;
  // The mode of a link says nothing; in a folder with the sticky bit, only owners replace what is theirs.
  else if (isLink || (mode & 0o1000) !== 0) return { isLink };
  else if ((mode & 0o002) !== 0) received = 'one that everybody may write to';
  else if ((mode & 0o020) !== 0 && !(await isPrivateGroup(gid, own))) {
    received = `one that group ${gid} may write to, which is not this user's alone`;
  }
  if (received === undefined) return { isLink };
  throw new InvalidArgumentError({
    subject: `token file: folder ${path}`,
    expected: 'one that other users can neither change nor replace',
    received,
    remedy: 'Name a file in a folder of your own with --token-file.',
  });
}
