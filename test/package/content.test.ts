import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, inject, it } from 'vitest';
import { version } from '../../src/core/version.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const manifest = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'));

describe('the tarball', async () => {
  const { stdout } = await promisify(execFile)('tar', ['-tzf', inject('installed').tarball]);
  const files = stdout
    .trim()
    .split('\n')
    .map((path) => path.replace(/^package\//, ''));

  it('holds every file that package.json and the code name', () => {
    const named = [
      ...leaves(manifest.exports).filter((path) => path !== './package.json'),
      ...leaves(manifest.bin),
      './README.md',
      './LICENSE',
      './CHANGELOG.md',
      './wasm/kernels.wasm',
      './dist/index.d.ts',
      './dist/pipeline/engine-worker.node.js',
      './examples/embedded-host/device/reflexarc-host.service',
      './dist/standalone/reflexarc.js',
      `./dist/standalone/reflexarc-worker-${version}.js`,
      './dist/standalone/reflexarc-licenses.txt',
    ];
    for (const path of named) expect(files).toContain(path.replace('./', ''));
    const { variants, golden } = JSON.parse(readFileSync(`${root}/models/conveyor/model.json`, 'utf8'));
    const ofModel = JSON.stringify({ variants, golden }).match(/[\w./-]+\.(onnx|rgb|f32)/g) ?? [];
    expect(ofModel.length).toBeGreaterThan(3);
    for (const path of ['model.json', 'README.md', ...ofModel]) expect(files).toContain(`models/conveyor/${path}`);
  });

  it('holds types beside all code, and nothing that only this repository needs', () => {
    const code = files.filter((path) => /^dist\/.*\.js$/.test(path) && !path.startsWith('dist/standalone/'));
    for (const path of code) expect(files).toContain(path.replace(/\.js$/, '.d.ts'));
    const known =
      /^(package\.json|README\.md|LICENSE|CHANGELOG\.md|wasm\/kernels\.wasm|native\/build\.mjs|native\/library\.c|simd\/(kernels\/)?[\w-]+\.(c|h|def|inc|mjs)|dist\/.+\.(js|d\.ts)|dist\/standalone\/.+|models\/conveyor\/.+\.(json|onnx|md|rgb|f32)|examples\/embedded-host\/device\/[\w-]+\.(service|json|rules))$/;
    expect(files.filter((path) => !known.test(path))).toEqual([]);
    expect(files.filter((path) => /\.(test|map|tsbuildinfo)\b/.test(path))).toEqual([]);
  });

  it('has the version that the code says', () => {
    expect(version).toBe(manifest.version);
  });
});

function leaves(value: unknown): string[] {
  return typeof value === 'string' ? [value] : Object.values(value as object).flatMap(leaves);
}
