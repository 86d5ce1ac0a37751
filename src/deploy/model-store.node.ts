import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { BundleFiles } from '../bundle/bundle-files.js';
import { type FileEntry, manifestFiles, parseManifest } from '../bundle/parse-manifest.js';
import { InvalidArgumentError, ModelLoadError } from '../core/error.js';
import type { Manifest } from '../core/manifest.js';
import { requireModelFits } from '../core/model-limits.js';
import { makeFolder } from '../respond/make-folder.node.js';
import { writeFailure } from '../respond/write-failure.node.js';

/** A bundle of a store. */
export interface StoredBundle {
  /** SHA-256 of its `model.json`: what definitions name as `store:<sha256>`. */
  sha256: string;
  id: string;
  version: string;
  release: number;
  variants: string[];
  /** Of its files, `model.json` left out. */
  bytes: number;
}

/** What is wrong with a file of a store. */
export interface StoreProblem {
  /** The bundle that needs it. */
  bundle: string;
  path: string;
  error: Error;
}

const digits = /^[0-9a-f]{64}$/;

/** Begins the path of a bundle in a store. */
export const storePrefix = 'store:';

/**
 * Models by their SHA-256 in a folder: `bundles/<sha256>.json` is a bundle's `model.json`, `blobs/sha256/<sha256>` a
 * file that manifests list. Files appear whole or not at all, and a bundle after all of its files, so whatever interrupts
 * a change leaves a store that works. Everything that is read is hashed.
 */
export class ModelStore {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** Opens a store; an empty one is made where there is none. @throws {SinkError} ERR_SINK it cannot be made. */
  static async open(folder: string): Promise<ModelStore> {
    const store = new ModelStore(resolve(folder));
    try {
      await makeFolder(join(store.folder, 'blobs', 'sha256'));
      await makeFolder(join(store.folder, 'bundles'));
    } catch (cause) {
      throw writeFailure(`model store ${folder}`, cause);
    }
    return store;
  }

  /**
   * Copies a bundle into the store; what is there already is not copied again.
   * @param options `onProgress` is called with bytes done and to do.
   * @throws {ModelLoadError} ERR_MODEL_LOAD a bundle that is not what its manifest says. @throws {SinkError} ERR_SINK a full
   * disk and the like; the store is what it was. Rejects with `signal.reason` when aborted.
   */
  async add(
    bundle: string,
    options: { signal?: AbortSignal; onProgress?(done: number, total: number): void } = {},
  ): Promise<StoredBundle> {
    const { signal, onProgress } = options;
    const source = join(bundle, 'model.json');
    const bytes = await readFile(source).catch((cause) => {
      throw new ModelLoadError({
        subject: source,
        expected: 'a readable file: a bundle has a model.json at its top',
        received: (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'no such file' : (cause as Error).message,
        remedy: 'Give the folder of a bundle.',
        cause,
      });
    });
    const manifest = parseManifest(bytes, source);
    const entries = entriesOf(manifest);
    const total = entries.reduce((sum, entry) => sum + entry.bytes, 0);
    let done = 0;
    for (const entry of entries) {
      signal?.throwIfAborted();
      requireModelFits(join(bundle, entry.path), entry.bytes);
      const target = this.#blob(entry.sha256);
      const present = await stat(target).catch(() => undefined);
      // One of another size was damaged after it had been written: it is replaced.
      if (present?.size !== entry.bytes) {
        await this.#copy(join(bundle, entry.path), target, entry, signal, (part) => onProgress?.(done + part, total));
      }
      done += entry.bytes;
      onProgress?.(done, total);
    }
    const sha256 = hashOf(bytes);
    await this.#writeWhole(this.#manifest(sha256), (file) => file.writeFile(bytes));
    return describe(sha256, manifest);
  }

  /** The files of a bundle, each hashed as it is read. @throws {InvalidArgumentError} ERR_ARGUMENT no sha256. */
  files(sha256: string): BundleFiles {
    requireDigits(sha256);
    let manifest: Promise<Manifest> | undefined;
    return {
      location: `${storePrefix}${sha256}`,
      read: async (path) => {
        if (path === 'model.json') return this.#readManifest(sha256);
        manifest ??= this.#readManifest(sha256).then((bytes) => parseManifest(bytes, `${storePrefix}${sha256}`));
        const entry = entriesOf(await manifest).find((candidate) => candidate.path === path);
        if (!entry) throw new Error(`${path} is not in the manifest`);
        return this.#readBlob(entry, sha256);
      },
    };
  }

  /** True where a bundle is there. */
  async has(sha256: string): Promise<boolean> {
    if (!digits.test(sha256)) return false;
    return (await stat(this.#manifest(sha256)).catch(() => undefined)) !== undefined;
  }

  /** The bundles, by id and release. @throws {ModelLoadError} ERR_MODEL_LOAD a damaged manifest. */
  async list(): Promise<StoredBundle[]> {
    const bundles: StoredBundle[] = [];
    for (const sha256 of await this.#names()) {
      bundles.push(describe(sha256, parseManifest(await this.#readManifest(sha256), `${storePrefix}${sha256}`)));
    }
    return bundles.sort((a, b) => a.id.localeCompare(b.id) || a.release - b.release || (a.sha256 < b.sha256 ? -1 : 1));
  }

  /** Reads and hashes everything. @returns what is wrong; nothing where all is well. */
  async verify(options: { signal?: AbortSignal } = {}): Promise<StoreProblem[]> {
    const problems: StoreProblem[] = [];
    for (const bundle of await this.#names()) {
      const check = async (path: string, work: () => Promise<unknown>) => {
        options.signal?.throwIfAborted();
        await work().catch((error: Error) => problems.push({ bundle, path, error }));
      };
      let entries: FileEntry[] = [];
      await check('model.json', async () => {
        entries = entriesOf(parseManifest(await this.#readManifest(bundle), `${storePrefix}${bundle}`));
      });
      for (const entry of entries) await check(entry.path, () => this.#readBlob(entry, bundle));
    }
    return problems;
  }

  /** Takes a bundle out, with the files that no other one needs. @throws {ModelLoadError} ERR_MODEL_LOAD no such bundle. */
  async remove(sha256: string): Promise<void> {
    requireDigits(sha256);
    if (!(await this.has(sha256))) throw this.#missing(sha256, undefined);
    await rm(this.#manifest(sha256));
    const needed = new Set<string>();
    for (const other of await this.#names()) {
      const manifest = parseManifest(await this.#readManifest(other), `${storePrefix}${other}`);
      for (const entry of entriesOf(manifest)) needed.add(entry.sha256);
    }
    for (const blob of await readdir(join(this.folder, 'blobs', 'sha256'))) {
      if (digits.test(blob) && !needed.has(blob)) await rm(this.#blob(blob), { force: true });
    }
  }

  #blob(sha256: string): string {
    return join(this.folder, 'blobs', 'sha256', sha256);
  }

  #manifest(sha256: string): string {
    return join(this.folder, 'bundles', `${sha256}.json`);
  }

  async #names(): Promise<string[]> {
    const names = await readdir(join(this.folder, 'bundles'));
    return names.map((name) => name.replace(/\.json$/, '')).filter((name) => digits.test(name));
  }

  async #readManifest(sha256: string): Promise<Uint8Array> {
    const bytes = await readFile(this.#manifest(sha256)).catch((cause) => {
      throw this.#missing(sha256, cause);
    });
    requireHash(bytes, { path: 'model.json', sha256, bytes: bytes.length }, sha256);
    return bytes;
  }

  async #readBlob(entry: FileEntry, bundle: string): Promise<Uint8Array> {
    const bytes = await readFile(this.#blob(entry.sha256));
    requireHash(bytes, entry, bundle);
    return bytes;
  }

  #missing(sha256: string, cause: unknown): ModelLoadError {
    return new ModelLoadError({
      subject: `${storePrefix}${sha256}`,
      expected: 'a bundle of the store',
      received: 'none of that sha256',
      remedy: `Add it on the host: reflexarc store add BUNDLE --store ${this.folder}`,
      details: { reason: 'not-in-store', sha256 },
      cause,
    });
  }

  async #copy(
    from: string,
    to: string,
    entry: FileEntry,
    signal: AbortSignal | undefined,
    onProgress: (bytes: number) => void,
  ): Promise<void> {
    await this.#writeWhole(
      to,
      async (file) => {
        const hash = createHash('sha256');
        let bytes = 0;
        const chunks = createReadStream(from, { signal, highWaterMark: 1 << 20 });
        try {
          for await (const chunk of chunks as AsyncIterable<Buffer>) {
            hash.update(chunk);
            bytes += chunk.length;
            await writeAll(file, chunk, to);
            onProgress(bytes);
          }
        } catch (cause) {
          signal?.throwIfAborted();
          if ((cause as NodeJS.ErrnoException).syscall === 'write') throw cause;
          const received = (cause as Error).message;
          throw new ModelLoadError({ subject: from, expected: 'a readable file', received, remedy: again, cause });
        }
        requireEqual(from, entry, hash.digest('hex'), bytes);
      },
      signal,
    );
  }

  // Under another name until it is whole and on the disk; nothing is left of what fails.
  async #writeWhole(path: string, write: (file: FileHandle) => Promise<void>, signal?: AbortSignal): Promise<void> {
    const unfinished = `${path}.${randomBytes(4).toString('hex')}.part`;
    try {
      const file = await open(unfinished, 'wx', 0o644);
      try {
        await write(file);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(unfinished, path);
      await syncFolder(join(path, '..'));
    } catch (cause) {
      await rm(unfinished, { force: true }).catch(() => {});
      signal?.throwIfAborted();
      throw writeFailure(`model store ${this.folder}`, cause);
    }
  }
}

const again = 'The file was changed or damaged after the bundle was made: get the bundle again.';

async function writeAll(file: FileHandle, chunk: Uint8Array, path: string): Promise<void> {
  for (let at = 0; at < chunk.length; ) {
    const { bytesWritten } = await file.write(chunk, at);
    if (bytesWritten === 0) throw Object.assign(new Error(`nothing was written to ${path}`), { syscall: 'write' });
    at += bytesWritten;
  }
}

// A new name survives a loss of power only when its folder is on the disk, too.
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function requireHash(bytes: Uint8Array, entry: FileEntry, bundle: string): void {
  requireEqual(`${storePrefix}${bundle}, ${entry.path}`, entry, hashOf(bytes), bytes.length);
}

function requireEqual(subject: string, entry: FileEntry, received: string, bytes: number): void {
  if (bytes === entry.bytes && received === entry.sha256) return;
  const sizes = bytes !== entry.bytes;
  throw new ModelLoadError({
    subject,
    expected: sizes ? `${entry.bytes} bytes` : `sha256 ${entry.sha256}`,
    received: sizes ? `${bytes} bytes` : received,
    remedy: again,
    details: { check: 'sha256' },
  });
}

function requireDigits(sha256: string): void {
  if (digits.test(sha256)) return;
  throw new InvalidArgumentError({
    subject: 'bundle of the store',
    expected: '64 lower-case hexadecimal digits',
    received: JSON.stringify(sha256.slice(0, 80)),
    remedy: 'Name a bundle by the sha256 of its model.json; reflexarc store list shows them.',
  });
}

// Each path once; a path that is listed twice with another sha256 fails when the bundle is read.
function entriesOf(manifest: Manifest): FileEntry[] {
  const entries = new Map<string, FileEntry>();
  for (const { path, sha256, bytes } of manifestFiles(manifest)) entries.set(path, { path, sha256, bytes });
  return [...entries.values()];
}

function describe(sha256: string, manifest: Manifest): StoredBundle {
  const { id, version, release, variants } = manifest;
  const bytes = entriesOf(manifest).reduce((sum, entry) => sum + entry.bytes, 0);
  return { sha256, id, version, release, variants: variants.map((variant) => variant.id), bytes };
}
