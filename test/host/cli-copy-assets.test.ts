import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeWith } from '../assets.js';
import { expectNoStack, failureOf, onlyJson, runCli, temporaryFolder } from './cli-process.js';

const list = 'reflexarc-assets.json';
const ofWasm = [
  'kernels.wasm',
  'ort-wasm-simd-threaded.mjs',
  'ort-wasm-simd-threaded.wasm',
  'ort.wasm.min.mjs',
  'reflexarc-licenses.txt',
  expect.stringMatching(/^reflexarc-worker-\d+\.\d+\.\d+\.js$/),
  'reflexarc.js',
];

interface Copied {
  name: string;
  bytes: number;
  state: string;
}

describe('copy-assets', () => {
  let parent: string;
  let folder: string;

  beforeEach(() => {
    parent = temporaryFolder();
    folder = join(parent, 'public', 'vendor', 'reflexarc');
  });

  afterEach(() => rmSync(parent, { recursive: true, force: true }));

  const copy = (...options: string[]) => runCli(['copy-assets', folder, ...options, '--json'], { cwd: parent });
  const names = () =>
    readdirSync(folder)
      .filter((name) => name !== list)
      .sort();

  it('copies what a page needs, and says what, how large and how to use it', async () => {
    const report = onlyJson(await copy());
    expect(names()).toEqual(ofWasm);
    expect(report.files.map(({ name }: Copied) => name).sort()).toEqual(names());
    for (const { name, bytes, state } of report.files) {
      expect({ name, bytes, state }).toEqual({ name, bytes: statSync(join(folder, name)).size, state: 'copied' });
    }
    expect(report).toMatchObject({
      directory: folder,
      runtimes: ['wasm'],
      removed: [],
      bytes: names().reduce((sum, name) => sum + statSync(join(folder, name)).size, 0),
      url: '/vendor/reflexarc/',
      bundled: "createPipeline(definition, { assetBaseUrl: '/vendor/reflexarc/' })",
      plain: "import { createPipeline } from '/vendor/reflexarc/reflexarc.js'",
    });
    const licences = readFileSync(join(folder, 'reflexarc-licenses.txt'), 'utf8');
    for (const name of ['comlink', 'reflexarc', 'valibot']) expect(licences).toMatch(new RegExp(`^${name}$`, 'm'));
  });

  it('says the same to people', async () => {
    const { code, stdout, stderr } = await runCli(['copy-assets', 'www'], { cwd: parent });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/kernels\.wasm +0\.0\d+ +copied/);
    expect(stdout).toContain("assetBaseUrl: '/'");
    expect(stdout).toContain("from '/reflexarc.js'");
  });

  it('writes nothing where all is there', async () => {
    await copy();
    const times = () => readdirSync(folder).map((name) => [name, statSync(join(folder, name)).mtimeMs]);
    const before = times();
    const report = onlyJson(await copy());
    expect(report.files.every(({ state }: Copied) => state === 'unchanged')).toBe(true);
    expect(times()).toEqual(before);
  });

  it('adds a runtime, and takes it away again', async () => {
    await copy('--runtimes', 'wasm,webgpu');
    expect(names().filter((name) => name.endsWith('.wasm'))).toEqual([
      'kernels.wasm',
      'ort-wasm-simd-threaded.asyncify.wasm',
      'ort-wasm-simd-threaded.jspi.wasm',
      'ort-wasm-simd-threaded.wasm',
    ]);
    const report = onlyJson(await copy());
    expect(report.removed.length).toBe(6);
    expect(names()).toEqual(ofWasm);
  });

  it('brings an earlier copy up to date, but keeps what was changed since', async () => {
    await copy();
    const path = join(folder, list);
    const earlier = JSON.parse(readFileSync(path, 'utf8'));
    const digest = (text: string) => spawnSync('sha256sum', { input: text, encoding: 'utf8' }).stdout.slice(0, 64);
    // As an older version would have left it: another worker, another kernel, one file that was edited.
    const old = (name: string, text: string, written = text) => {
      earlier.files = earlier.files.filter((file: { name: string }) => file.name !== name);
      earlier.files.push({ name, bytes: written.length, sha256: digest(written) });
      writeFileSync(join(folder, name), text);
    };
    old('reflexarc-worker-0.0.1.js', 'old worker');
    old('kernels.wasm', 'old kernels');
    old('notes.js', 'edited', 'original');
    writeFileSync(path, JSON.stringify(earlier));
    const report = onlyJson(await copy());
    expect(report.removed).toEqual(['reflexarc-worker-0.0.1.js']);
    expect(report.files.find(({ name }: Copied) => name === 'kernels.wasm').state).toBe('replaced');
    expect(names()).toContain('notes.js');
    expect(statSync(join(folder, 'kernels.wasm')).size).toBeGreaterThan(10_000);
  });

  it('refuses to replace a file that is not its own, and writes nothing', async () => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'kernels.wasm'), 'mine');
    mkdirSync(join(folder, 'reflexarc.js'));
    const { error } = failureOf(await copy(), 1, 'ERR_SINK');
    expect(error.received).toContain('kernels.wasm');
    expect(error.received).toContain('reflexarc.js');
    expect(readdirSync(folder).sort()).toEqual(['kernels.wasm', 'reflexarc.js']);
    expect(readFileSync(join(folder, 'kernels.wasm'), 'utf8')).toBe('mine');
  });

  it('refuses a list that reaches out of its folder', async () => {
    await copy();
    const victim = join(folder, '..', 'victim.txt');
    writeFileSync(victim, 'precious');
    const path = join(folder, list);
    const forged = JSON.parse(readFileSync(path, 'utf8'));
    const sha256 = spawnSync('sha256sum', [victim], { encoding: 'utf8' }).stdout.slice(0, 64);
    forged.files.push({ name: '../victim.txt', bytes: 8, sha256 });
    writeFileSync(path, JSON.stringify(forged));
    expect(failureOf(await copy(), 1, 'ERR_SINK').error.message).toContain(list);
    expect(existsSync(victim)).toBe(true);
  });

  it.each([
    ['a file in place of the folder', 'file.txt', /a file/],
    ['a path through a file', 'file.txt/inside', /through a file/],
  ])('refuses %s', async (_name, path, received) => {
    writeFileSync(join(parent, 'file.txt'), '');
    folder = join(parent, path);
    expect(failureOf(await copy(), 1, 'ERR_SINK').error.received).toMatch(received);
  });

  it.each(['', ' '])('takes no empty name for the current folder (%j)', async (name) => {
    const { error } = failureOf(await runCli(['copy-assets', name, '--json'], { cwd: parent }), 2, 'ERR_ARGUMENT');
    expect(error).toMatchObject({ message: expect.stringContaining('<dir>'), expected: 'a folder' });
    expect(readdirSync(parent)).toEqual([]);
  });

  describeWith('where no folder can be made', existsSync('/proc/self'), '/proc', () => {
    it.each(['/proc/x', '/proc/x/y'])('is one clear error: %s', async (path) => {
      folder = path;
      const { error } = failureOf(await copy(), 1, 'ERR_SINK');
      expect(error).toMatchObject({
        message: expect.stringContaining('for /proc/x,'),
        received: '/proc, which takes no new folders',
      });
    });
  });

  it('refuses no folder, and runtimes that there are not, as a wrong command line', async () => {
    failureOf(await runCli(['copy-assets', '--json']), 2, 'ERR_ARGUMENT');
    const { error } = failureOf(await copy('--runtimes', 'wasm,cuda'), 2, 'ERR_ARGUMENT');
    expect(error.expected).toContain('wasm, webgpu');
    expect(existsSync(folder)).toBe(false);
  });

  describeWith('without permission', process.getuid?.() !== 0 || haveUnprivileged(), 'way to be less than root', () => {
    it('says so', async () => {
      mkdirSync(folder, { recursive: true });
      chmodSync(folder, 0o555);
      chmodSync(parent, 0o755);
      const wrapper = process.getuid?.() === 0 ? dropRights : [];
      const outcome = await runCli(['copy-assets', folder, '--json'], { cwd: parent, wrapper });
      expect(failureOf(outcome, 1, 'ERR_SINK').error.received).toBe('no permission to write there');
      expect(readdirSync(folder)).toEqual([]);
    });
  });

  const inSmallDisk = ['unshare', '-rm', 'sh', '-c', 'mount -t tmpfs -o size=2m tmpfs "$0" && exec "$@"'];
  describeWith('on a full disk', canMount(), 'right to mount a small disk (unshare -rm)', () => {
    it('is one clear error, without a stack', async () => {
      mkdirSync(folder, { recursive: true });
      const outcome = await runCli(['copy-assets', folder, '--json'], {
        cwd: parent,
        wrapper: [...inSmallDisk, folder],
      });
      const { error } = failureOf(outcome, 1, 'ERR_SINK');
      expect(error.received).toBe('a full disk');
      expect(error.message).toContain('ort-wasm-simd-threaded.wasm');
      expectNoStack(outcome.stderr);
    });
  });
});

// Root may write anywhere, unless it gives that right up.
const dropRights = [
  'setpriv',
  '--bounding-set=-dac_override,-dac_read_search',
  '--inh-caps=-dac_override,-dac_read_search',
];

function haveUnprivileged(): boolean {
  return spawnSync(dropRights[0], [...dropRights.slice(1), 'true']).status === 0;
}

function canMount(): boolean {
  return spawnSync('unshare', ['-rm', 'sh', '-c', 'mount -t tmpfs -o size=200k tmpfs /mnt']).status === 0;
}
