import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { kernelVersion, picturePlanFields, picturePlanPointers } from '../../../src/kernels/kernel-exports.js';
import type { KernelBinding } from '../../../src/kernels/kernels.js';
import { loadKernels } from '../../../src/kernels/load-kernels.node.js';
import { libraryVariable, openNativeLibrary } from '../../../src/kernels/native-library.node.js';
import { describeWith } from '../../assets.js';
import { describeWithLibrary } from '../../kernel-tiers.js';
import { nativeLibrary } from '../../native-library.js';

const planBytes = picturePlanPointers * 8 + Math.ceil((picturePlanFields.length - picturePlanPointers) / 2) * 8;
const importKoffi = () => Promise.reject(new Error("Cannot find package 'koffi'\nRequire stack: …"));
const refusal = (received: RegExp) => ({
  name: 'KernelError',
  code: 'ERR_KERNEL',
  received: expect.stringMatching(received),
  remedy: expect.stringContaining('npm run build:native'),
});

const root = fileURLToPath(new URL('../../..', import.meta.url));
const entries = ['copy', 'nms', 'preprocess'].flatMap((name) => [`${name}_scalar`, `${name}_simd`]);
const visible = [...entries, 'highest_tier', 'kernel_version', 'picture_plan_bytes'].sort();

for (const [target, nm] of [
  ['library-x64', 'nm'],
  ['library-arm64', process.arch === 'arm64' ? 'nm' : 'aarch64-linux-gnu-nm'],
]) {
  const { built, skipped } = JSON.parse(
    execFileSync('node', ['native/build.mjs', target], { cwd: root, encoding: 'utf8' }),
  );
  describeWith(target, built[target] !== undefined, skipped[target] ?? '', () => {
    it('shows its entries and nothing else, and needs two functions of the C library', () => {
      const symbols = (which: string) =>
        execFileSync(nm, ['-D', '-j', which, built[target]], { encoding: 'utf8' }).trim().split('\n').sort();
      expect(symbols('--defined-only')).toEqual(visible);
      const needed = symbols('--undefined-only').map((name) => name.replace(/@.*/, ''));
      expect(needed.filter((name) => !/^_|^$/.test(name))).toEqual(['memcpy', 'memset']);
    });
  });
}

describeWithLibrary('openNativeLibrary', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'reflexarc-library-'));
  });
  afterEach(() => {
    delete process.env[libraryVariable];
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** A library of functions that take nothing and return a number. */
  function compile(functions: Record<string, number>): string {
    const path = join(folder, `${Object.values(functions).join('-') || 'empty'}.so`);
    const code = Object.entries(functions).map(([name, value]) => `int ${name}(void) { return ${value}; }\n`);
    execFileSync('gcc', ['-shared', '-fPIC', '-x', 'c', '-', '-o', path], { input: code.join('') });
    return path;
  }

  it('finds what the build made, or what is named by option or environment', async () => {
    const found = await openNativeLibrary();
    expect(found.path).toBe(nativeLibrary);
    expect(await openNativeLibrary({ path: nativeLibrary })).toBe(found);
    process.env[libraryVariable] = join(folder, 'absent.so');
    await expect(openNativeLibrary()).rejects.toMatchObject({ code: 'ERR_UNSUPPORTED' });
    expect(await openNativeLibrary({ path: nativeLibrary })).toBe(found);
    process.env[libraryVariable] = '';
    expect(await openNativeLibrary()).toBe(found);
  });

  it('gives every kind of buffer one address, that of its first byte', async () => {
    const { addressOf } = await openNativeLibrary();
    const memory = new WebAssembly.Memory({ initial: 1 });
    for (const buffer of [new ArrayBuffer(100), new SharedArrayBuffer(100), memory.buffer, new Uint8Array(8).buffer]) {
      const address = addressOf(buffer);
      expect(Number.isSafeInteger(address) && address > 0).toBe(true);
      expect(addressOf(buffer)).toBe(address);
    }
    const kernels = await loadKernels({ tier: 'native-simd' });
    const { copy } = (kernels.code as KernelBinding).entries;
    const [from, to] = [Uint8Array.of(0, 1, 2, 3, 4), new Uint8Array(new SharedArrayBuffer(5))];
    copy(BigInt(addressOf(to.buffer) + 1), BigInt(addressOf(from.buffer) + 2), 3);
    expect(Array.from(to)).toEqual([0, 2, 3, 4, 0]);
  });

  it('refuses what is no library, or one for another machine', async () => {
    const text = join(folder, 'text.so');
    writeFileSync(text, 'not a library');
    await expect(openNativeLibrary({ path: text })).rejects.toMatchObject(refusal(/does not load/));
    const foreign = join(folder, 'foreign.so');
    const header = Buffer.alloc(64);
    // An ELF header of a 64-bit library for s390x.
    header.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
    header.writeUInt16LE(3, 16);
    header.writeUInt16LE(22, 18);
    writeFileSync(foreign, header);
    await expect(openNativeLibrary({ path: foreign })).rejects.toMatchObject(refusal(/does not load/));
    await expect(openNativeLibrary({ path: folder })).rejects.toMatchObject(refusal(/does not load/));
  });

  it('refuses a library without its functions, of other sources, of another layout, and an old processor', async () => {
    const library = (kernel_version: number, picture_plan_bytes = planBytes, highest_tier = 1) =>
      compile({ kernel_version, picture_plan_bytes, highest_tier });
    const open = (path: string) => openNativeLibrary({ path });
    await expect(open(compile({}))).rejects.toMatchObject(refusal(/without the function kernel_version/));
    await expect(open(library(kernelVersion - 1))).rejects.toMatchObject(
      refusal(new RegExp(`version ${kernelVersion - 1} .* ${kernelVersion}`)),
    );
    await expect(open(library(kernelVersion, planBytes + 8))).rejects.toMatchObject(refusal(/plans of/));
    await expect(open(library(kernelVersion))).rejects.toMatchObject(refusal(/without the function preprocess_simd/));
    await expect(open(library(kernelVersion, planBytes, 0))).rejects.toMatchObject({
      code: 'ERR_UNSUPPORTED',
      expected: expect.stringContaining('SSE4.1'),
    });
  });

  it('wants koffi where a native tier or a library is named', async () => {
    const absent = { code: 'ERR_UNSUPPORTED', remedy: expect.stringMatching(/npm install koffi@\d+\.\d+\.\d+$/) };
    // A library of its own, so that none is open already.
    const path = join(folder, 'copy.so');
    execFileSync('cp', [nativeLibrary as string, path]);
    await expect(openNativeLibrary({ path, importKoffi })).rejects.toMatchObject(absent);
    await expect(loadKernels({ tier: 'native-simd', kernelLibrary: path, importKoffi })).rejects.toMatchObject(absent);
    await expect(loadKernels({ kernelLibrary: path, importKoffi })).rejects.toMatchObject(absent);
    process.env[libraryVariable] = path;
    await expect(loadKernels({ importKoffi })).rejects.toMatchObject(absent);
    expect((await loadKernels({ tier: 'wasm-simd', importKoffi })).info.nativeProblem).toBeNull();
  });

  it('lets auto take wasm without koffi, saying so', async () => {
    // Nothing is open in modules of their own.
    vi.resetModules();
    const fresh = await import('../../../src/kernels/load-kernels.node.js');
    const { info } = await fresh.loadKernels({ importKoffi });
    expect(info).toMatchObject({ tier: 'wasm-simd', file: expect.stringMatching(/kernels\.wasm$/) });
    expect(info.nativeProblem).toMatch(/the package koffi .* none that loads \(Cannot find package 'koffi'\)/);
  });
});
