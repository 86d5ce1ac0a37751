import { createHash } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readBundle } from '../../../src/bundle/read-bundle.js';
import { ModelStore } from '../../../src/deploy/model-store.node.js';

const conveyor = fileURLToPath(new URL('../../../models/conveyor', import.meta.url));
const manifestHash = createHash('sha256')
  .update(readFileSync(join(conveyor, 'model.json')))
  .digest('hex');

let folder: string;
let store: ModelStore;
const blobs = () => join(folder, 'store', 'blobs', 'sha256');
const names = () => readdirSync(blobs()).toSorted();

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'reflexarc-store-'));
  store = await ModelStore.open(join(folder, 'store'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A copy of the built-in bundle with another name. */
function another(id: string): string {
  const copy = join(folder, id);
  cpSync(conveyor, copy, { recursive: true });
  const manifest = JSON.parse(readFileSync(join(copy, 'model.json'), 'utf8'));
  writeFileSync(join(copy, 'model.json'), JSON.stringify({ ...manifest, id }));
  return copy;
}

describe('a model store', () => {
  it('holds both files of a model that has two', async () => {
    const copy = another('pair');
    const manifest = JSON.parse(readFileSync(join(copy, 'model.json'), 'utf8'));
    const bin = Buffer.from('weights apart');
    writeFileSync(join(copy, 'standard.bin'), bin);
    const sha256 = createHash('sha256').update(bin).digest('hex');
    const weights = { path: 'standard.bin', sha256, bytes: bin.length };
    Object.assign(manifest.variants[0], { format: 'openvino', weights });
    writeFileSync(join(copy, 'model.json'), JSON.stringify(manifest));
    const added = await store.add(copy);
    expect(names()).toContain(sha256);
    const { binary } = await readBundle(store.files(added.sha256), 'standard');
    expect(Buffer.from(binary as Uint8Array)).toEqual(bin);
    expect(await store.verify()).toEqual([]);
  });

  it('holds a bundle by the sha256 of its model.json, and its files by theirs', async () => {
    const progress: [number, number][] = [];
    const added = await store.add(conveyor, { onProgress: (...step) => progress.push(step) });
    expect(added).toMatchObject({ sha256: manifestHash, id: 'conveyor', variants: ['standard', 'small'] });
    expect(progress.at(-1)).toEqual([added.bytes, added.bytes]);
    expect(progress.map(([done]) => done).toSorted((a, b) => a - b)).toEqual(progress.map(([done]) => done));
    for (const name of names()) {
      expect(
        createHash('sha256')
          .update(readFileSync(join(blobs(), name)))
          .digest('hex'),
      ).toBe(name);
    }
    expect(await store.list()).toEqual([added]);
    expect(await store.verify()).toEqual([]);
    const bundle = await readBundle(store.files(manifestHash), 'small');
    expect(bundle.weights).toEqual(
      (await readBundle({ location: '', read: async (path) => readFileSync(join(conveyor, path)) }, 'small')).weights,
    );
  });

  it('copies nothing twice, and keeps what another bundle needs', async () => {
    await store.add(conveyor);
    const before = names();
    const other = await store.add(another('twin'));
    expect(names()).toEqual(before);
    await store.remove(manifestHash);
    expect(names()).toEqual(before);
    expect((await store.list()).map(({ id }) => id)).toEqual(['twin']);
    await store.remove(other.sha256);
    expect(names()).toEqual([]);
    await expect(store.remove(other.sha256)).rejects.toMatchObject({ code: 'ERR_MODEL_LOAD' });
  });

  it('notices damage when it reads, says where, and is mended by adding the bundle again', async () => {
    const { sha256 } = await store.add(conveyor);
    const weights = JSON.parse(readFileSync(join(conveyor, 'model.json'), 'utf8')).variants[0];
    const blob = join(blobs(), weights.sha256);
    const bytes = readFileSync(blob);
    bytes[100] ^= 1;
    writeFileSync(blob, bytes);
    await expect(readBundle(store.files(sha256))).rejects.toMatchObject({
      code: 'ERR_MODEL_LOAD',
      details: { check: 'sha256' },
    });
    const [problem] = await store.verify();
    expect(problem).toMatchObject({ bundle: sha256, path: weights.path });
    truncateSync(blob, 10);
    await store.add(conveyor);
    expect(await store.verify()).toEqual([]);
    appendFileSync(join(folder, 'store', 'bundles', `${sha256}.json`), ' ');
    await expect(store.files(sha256).read('model.json')).rejects.toMatchObject({ code: 'ERR_MODEL_LOAD' });
  });

  it('takes no bundle whose files are not what its manifest says, and leaves nothing of it', async () => {
    const damaged = another('damaged');
    const { path } = JSON.parse(readFileSync(join(damaged, 'model.json'), 'utf8')).variants[0];
    appendFileSync(join(damaged, path), 'x');
    await expect(store.add(damaged)).rejects.toMatchObject({
      code: 'ERR_MODEL_LOAD',
      received: expect.stringContaining('bytes'),
    });
    rmSync(join(damaged, path));
    await expect(store.add(damaged)).rejects.toMatchObject({ code: 'ERR_MODEL_LOAD' });
    expect(await store.list()).toEqual([]);
    expect(names().filter((name) => name.includes('part'))).toEqual([]);
    await expect(store.add(join(folder, 'absent'))).rejects.toMatchObject({ received: 'no such file' });
  });

  it('is what it was when adding is given up', async () => {
    const stop = new AbortController();
    const reason = new Error('enough');
    const adding = store.add(conveyor, { signal: stop.signal, onProgress: () => stop.abort(reason) });
    await expect(adding).rejects.toBe(reason);
    expect(await store.list()).toEqual([]);
    expect(names().filter((name) => name.includes('part'))).toEqual([]);
    await store.add(conveyor);
    expect(await store.verify()).toEqual([]);
  });

  it('refuses names that are no sha256', async () => {
    for (const name of ['', '../x', 'A'.repeat(64), `${'0'.repeat(63)}/`]) {
      expect(() => store.files(name)).toThrow('64 lower-case hexadecimal digits');
      await expect(store.remove(name)).rejects.toMatchObject({ code: 'ERR_ARGUMENT' });
    }
    await expect(store.files('0'.repeat(64)).read('model.json')).rejects.toMatchObject({
      code: 'ERR_MODEL_LOAD',
      remedy: expect.stringContaining('reflexarc store add'),
    });
  });

  it('says so where it cannot be written', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    await expect(ModelStore.open(join(file, 'store'))).rejects.toMatchObject({ code: 'ERR_SINK' });
    if (process.getuid?.() === 0) return;
    mkdirSync(join(folder, 'closed'));
    chmodSync(join(folder, 'closed'), 0o500);
    await expect(ModelStore.open(join(folder, 'closed', 'store'))).rejects.toMatchObject({ code: 'ERR_SINK' });
  });
});
