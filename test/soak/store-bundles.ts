import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ModelStore } from '../../src/deploy/model-store.node.js';
import { root } from '../host/cli-process.js';

/** Names of bundles in a store, as definitions give them. */
export interface StoredBundles {
  /** The built-in one, and the same with another label. */
  good: readonly [string, string];
  /** What a host must refuse: a model of random bytes, a file that was damaged in the store, and what is not there. */
  broken: Record<'unreadable' | 'damaged' | 'absent', string>;
}

/** Fills the store of a soak. */
export async function fillStore(folder: string): Promise<StoredBundles> {
  const store = await ModelStore.open(folder);
  const work = mkdtempSync(join(tmpdir(), 'reflexarc-bundles-'));
  try {
    const add = async (name: string, change: (bundle: string) => void) => {
      const bundle = join(work, name);
      cpSync(join(root, 'models', 'conveyor'), bundle, { recursive: true });
      change(bundle);
      return `store:${(await store.add(bundle)).sha256}`;
    };
    const unchanged = await add('unchanged', () => {});
    const renamed = await add('renamed', (bundle) => edit(bundle, (text) => text.replace('"gear",', '"cog",')));
    const unreadable = await add('unreadable', (bundle) => replaceModel(bundle, () => Buffer.alloc(4096, 'no model')));
    let blob = '';
    // ONNX ignores what it does not know at the end, so this is another file of the same model.
    const damaged = await add('damaged', (bundle) => {
      blob = replaceModel(bundle, (model) => Buffer.concat([model, Buffer.from([0xfa, 0x3f, 1, 0])]));
    });
    const path = join(store.folder, 'blobs', 'sha256', blob);
    const bytes = readFileSync(path);
    bytes[bytes.length >> 1] ^= 1;
    writeFileSync(path, bytes);
    const absent = `store:${'0'.repeat(64)}`;
    return { good: [unchanged, renamed], broken: { unreadable, damaged, absent } };
  } finally {
    rmSync(work, { recursive: true });
  }
}

/** A bundle that no store has, in a folder of its own that goes with it. */
export function freshBundle(number: number): Disposable & { path: string } {
  const path = mkdtempSync(join(tmpdir(), 'reflexarc-bundle-'));
  cpSync(join(root, 'models', 'conveyor'), path, { recursive: true });
  const bytes = Buffer.from([0xfa, 0x3f, 4, 0, 0, 0, 0]);
  bytes.writeUInt32LE(number, 3);
  replaceModel(path, (model) => Buffer.concat([model, bytes]));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

function edit(bundle: string, change: (text: string) => string): void {
  const path = join(bundle, 'model.json');
  writeFileSync(path, change(readFileSync(path, 'utf8')));
}

// Another file for the first variant, with the manifest to match. @returns its SHA-256.
function replaceModel(bundle: string, change: (model: Buffer) => Buffer): string {
  const path = join(bundle, 'standard.onnx');
  const model = change(readFileSync(path));
  writeFileSync(path, model);
  const sha256 = createHash('sha256').update(model).digest('hex');
  edit(bundle, (text) => {
    const manifest = JSON.parse(text);
    Object.assign(manifest.variants[0], { sha256, bytes: model.length });
    return JSON.stringify(manifest);
  });
  return sha256;
}
