import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync } from 'node:zlib';
import { build, type Plugin } from 'esbuild';
import { expect, it } from 'vitest';
import { createConsumer, describeWithPackage } from './consumer.js';

/** Limits in bytes after brotli at its highest level. */
const limits = { code: 30_000, kernels: 40_000 };

/** What is imported when it is first used stays outside: the inline engine, readers of models, sources, heads, sinks, and the runtime. */
const onUse: Plugin = {
  name: 'on-use',
  setup({ onResolve }) {
    onResolve({ filter: /./ }, ({ kind, path }) => (kind === 'dynamic-import' ? { path, external: true } : undefined));
  },
};

// "Core" is the code that a page must have before it has a pipeline, bundled and minified, with its dependencies
// (comlink, valibot) and without the runtime: what the page itself loads, and what its worker loads.
describeWithPackage('the size of the core, bundled, minified and compressed', () => {
  it.each([
    ['a page that makes pipelines', `export { createPipeline } from 'reflexarc';`],
    ['a page that draws, too', `export { createPipeline, createOverlay } from 'reflexarc';`],
    ['a page of a host', `export { connectHost } from 'reflexarc';`],
    ['the worker', `import 'reflexarc/worker';`],
  ])('is at most 30 kB for %s', async (what, contents) => {
    using consumer = createConsumer();
    const { outputFiles } = await build({
      stdin: { contents, resolveDir: consumer.folder },
      bundle: true,
      minify: true,
      format: 'esm',
      target: 'es2022',
      plugins: [onUse],
      write: false,
    });
    const [{ contents: code }] = outputFiles;
    // Who speaks to no host does not carry its protocol.
    expect(new TextDecoder().decode(code).includes('reflexarc.v1')).toBe(contents.includes('connectHost'));
    const size = report(what, code);
    // Less would mean that the measure has lost its object.
    expect(size).toBeGreaterThan(10_000);
    expect(size).toBeLessThanOrEqual(limits.code);
  });
});

it('keeps the kernels within 40 kB', () => {
  const kernels = readFileSync(fileURLToPath(new URL('../../wasm/kernels.wasm', import.meta.url)));
  expect(report('kernels.wasm', kernels)).toBeLessThanOrEqual(limits.kernels);
});

function report(what: string, content: Uint8Array): number {
  const size = brotliCompressSync(content).byteLength;
  process.stdout.write(
    `size: ${what}: ${(size / 1000).toFixed(1)} kB brotli, ${(content.length / 1000).toFixed(1)} kB\n`,
  );
  return size;
}
