import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { describeWith } from '../assets.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const compiler = spawnSync('emcc', ['--version'], { encoding: 'utf8' });
const available = compiler.status === 0 && / 3\.1\.6\b/.test(compiler.stdout);

describeWith('wasm/kernels.wasm', available, 'Emscripten 3.1.6 (emcc)', () => {
  it('comes out of simd/ byte for byte, with the types of its exports', () => {
    const out = mkdtempSync(join(tmpdir(), 'reflexarc-artifact-'));
    try {
      execFileSync('node', ['wasm/build.mjs', '--out', out], { cwd: root });
      const built = readFileSync(join(out, 'kernels.wasm'));
      expect(Buffer.compare(built, readFileSync(join(root, 'wasm/kernels.wasm')))).toBe(0);
      const types = readFileSync(join(out, 'kernel-exports.ts'), 'utf8');
      expect(types).toBe(readFileSync(join(root, 'src/kernels/kernel-exports.ts'), 'utf8'));
    } finally {
      rmSync(out, { recursive: true });
    }
    // A compiler on a busy machine.
  }, 240_000);
});

it('wasm/kernels.wasm asks nothing of its host', () => {
  const module = new WebAssembly.Module(readFileSync(join(root, 'wasm/kernels.wasm')));
  expect(WebAssembly.Module.imports(module)).toEqual([]);
});
