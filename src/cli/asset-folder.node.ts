import { createHash } from 'node:crypto';
import { readdir, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { SinkError, UnsupportedError } from '../core/error.js';
import { type ExecutionProviderId, executionProviderIds } from '../core/runtime-choice.js';
import { version } from '../core/version.js';
import { ortFiles } from '../infer/onnx-web/ort-files.js';
import { makeFolder } from '../respond/make-folder.node.js';
import { writeFailure } from '../respond/write-failure.node.js';
import { writeWholeFile } from '../respond/write-whole-file.node.js';

/** List of the files that are ours, kept among them: only these are ever replaced or removed. */
const listName = 'reflexarc-assets.json';

const packageRoot = fileURLToPath(new URL('../..', import.meta.url));

const listSchema = v.object({
  reflexarc: v.string(),
  runtimes: v.array(v.picklist(executionProviderIds)),
  // A name alone: a list must not reach out of its folder.
  files: v.array(
    v.object({ name: v.pipe(v.string(), v.regex(/^[\w-][\w.-]*$/)), bytes: v.number(), sha256: v.string() }),
  ),
});
type AssetList = v.InferOutput<typeof listSchema>;

/** What was done with a file. */
export interface CopiedAsset {
  name: string;
  bytes: number;
  state: 'copied' | 'replaced' | 'unchanged';
}

/** What {@link copyAssets} did. */
export interface CopyReport {
  directory: string;
  /** Version of this package. */
  version: string;
  runtimes: ExecutionProviderId[];
  files: CopiedAsset[];
  /** Files of an earlier copy that are no longer needed. */
  removed: string[];
  /** Size of all files together. */
  bytes: number;
}

interface Asset {
  name: string;
  content: Uint8Array;
  sha256: string;
}

/**
 * Copies what a page needs beside its own code into a folder: the page's and the worker's script, kernels, and the
 * files of onnxruntime-web for some execution providers. A folder that has them already is left as it is; what an
 * earlier copy left there is brought up to date. Files of others are never touched.
 * @throws {SinkError} ERR_SINK something that is not ours is in the way, or the folder cannot be written to.
 * @throws {UnsupportedError} ERR_UNSUPPORTED this package or onnxruntime-web is not whole.
 */
export async function copyAssets(directory: string, runtimes: readonly ExecutionProviderId[]): Promise<CopyReport> {
  const assets = await readAssets(runtimes);
  await claimFolder(directory);
  const before = await readList(directory);
  const files: CopiedAsset[] = [];
  const inTheWay: string[] = [];
  for (const { name, content, sha256 } of assets) {
    const present = await hashOf(join(directory, name));
    const ours = before.files.some((file) => file.name === name && file.sha256 === present);
    if (present !== undefined && present !== sha256 && !ours) inTheWay.push(name);
    const state = present === undefined ? 'copied' : present === sha256 ? 'unchanged' : 'replaced';
    files.push({ name, bytes: content.byteLength, state });
  }
  if (inTheWay.length > 0) {
    throw new SinkError({
      subject: directory,
      expected: 'a folder where these names are free or hold an earlier copy',
      received: `${inTheWay.length === 1 ? 'a file' : 'files'} that reflexarc did not write: ${inTheWay.join(', ')}`,
      remedy: 'Name another folder, or remove what is in the way.',
      details: { files: inTheWay },
    });
  }
  const list = (entries: AssetList['files']): AssetList => ({
    reflexarc: version,
    runtimes: [...runtimes],
    files: entries,
  });
  const fresh = assets.map(({ name, content, sha256 }) => ({ name, bytes: content.byteLength, sha256 }));
  const stale = before.files.filter(({ name }) => !assets.some((asset) => asset.name === name));
  if (stale.length > 0 || files.some(({ state }) => state !== 'unchanged')) {
    // Both old and new, so that an interrupted copy is still known as ours.
    await writeList(directory, list([...before.files, ...fresh]));
    for (const [index, { name, content }] of assets.entries()) {
      if (files[index].state !== 'unchanged') await write(join(directory, name), content);
    }
  }
  const removed: string[] = [];
  for (const { name, sha256 } of stale) {
    const path = join(directory, name);
    if (removed.includes(name) || (await hashOf(path)) !== sha256) continue;
    await rm(path).catch((cause) => {
      throw writeFailure(path, cause);
    });
    removed.push(name);
  }
  if (JSON.stringify(before) !== JSON.stringify(list(fresh))) await writeList(directory, list(fresh));
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  return { directory, version, runtimes: [...runtimes], files, removed, bytes };
}

async function readAssets(runtimes: readonly ExecutionProviderId[]): Promise<Asset[]> {
  const standalone = join(packageRoot, 'dist', 'standalone');
  const paths = [join(packageRoot, 'wasm', 'kernels.wasm')];
  try {
    paths.unshift(...(await readdir(standalone)).sort().map((name) => join(standalone, name)));
    const ort = dirname(createRequire(import.meta.url).resolve(`onnxruntime-web/${ortFiles.wasm.wasm}`));
    for (const { provider, library, mjs, wasm } of Object.values(ortFiles)) {
      if (runtimes.includes(provider)) paths.push(...[library, mjs, wasm].map((name) => join(ort, name)));
    }
    return await Promise.all(
      paths.map(async (path) => {
        const content = await readFile(path);
        return { name: path.slice(dirname(path).length + 1), content, sha256: digest(content) };
      }),
    );
  } catch (cause) {
    throw new UnsupportedError({
      subject: 'the files to copy',
      expected: 'this package and onnxruntime-web, installed and whole',
      received: (cause as Error).message.split('\n')[0],
      remedy: 'Install the package again; in a checkout of its repository: npm run build.',
      cause,
    });
  }
}

async function claimFolder(directory: string): Promise<void> {
  try {
    await makeFolder(directory);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw writeFailure(directory, cause);
    throw new SinkError({
      subject: directory,
      expected: 'a folder, or a name that is free',
      received: 'a file',
      remedy: 'Name another folder.',
      cause,
    });
  }
}

async function readList(directory: string): Promise<Partial<AssetList> & Pick<AssetList, 'files'>> {
  const path = join(directory, listName);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return { files: [] };
    throw writeFailure(path, cause);
  }
  try {
    return v.parse(listSchema, JSON.parse(text));
  } catch (cause) {
    throw new SinkError({
      subject: path,
      expected: 'the list that an earlier copy left there',
      received: 'something else',
      remedy: 'Remove it with the files that were copied, or name another folder.',
      cause,
    });
  }
}

function writeList(directory: string, list: AssetList): Promise<void> {
  return write(join(directory, listName), `${JSON.stringify(list, null, 2)}\n`);
}

async function write(path: string, content: Uint8Array | string): Promise<void> {
  await writeWholeFile(path, content).catch((cause) => {
    throw writeFailure(path, cause);
  });
}

/** `undefined` where there is nothing; a text that no hash equals where there is something that cannot be read as a file. */
async function hashOf(path: string): Promise<string | undefined> {
  try {
    return digest(await readFile(path));
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : 'no file';
  }
}

function digest(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
