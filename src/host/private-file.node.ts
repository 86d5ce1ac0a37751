import { readFileSync, unlinkSync } from 'node:fs';
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { dirname, resolve } from 'node:path';
import { InvalidArgumentError } from '../core/error.js';
import { makeFolder } from '../respond/make-folder.node.js';
import { writeFailure } from '../respond/write-failure.node.js';

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

// Whoever may rename a folder on the way to the file can put another in its place, and send those who read it elsewhere.
async function requireOwnFolder(folder: string): Promise<void> {
  const own = userInfo().uid;
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
