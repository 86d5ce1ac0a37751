import { fileURLToPath } from 'node:url';
import { createServer, resolveConfig } from 'vite';
import { describe, expect, it } from 'vitest';
import { leftOut } from '../../../src/infer/onnx-web/ort-left-out.js';
import { type ReflexarcPluginOptions, reflexarc } from '../../../src/plugin/vite.node.js';

const builds = fileURLToPath(new URL('../../../src/infer/onnx-web', import.meta.url)).replaceAll('\\', '/');

describe('the Vite plugin', () => {
  const configured = (options?: ReflexarcPluginOptions) =>
    resolveConfig(
      {
        configFile: false,
        plugins: [reflexarc(options)],
        optimizeDeps: { exclude: ['mine'] },
        server: { headers: { 'X-Mine': 'kept' } },
      },
      'serve',
    );

  it('adds its settings to those of the application', async () => {
    const { optimizeDeps, worker, server, preview } = await configured({ isolation: true });
    expect(optimizeDeps.exclude).toEqual(expect.arrayContaining(['mine', 'reflexarc', 'onnxruntime-web']));
    expect(worker.format).toBe('es');
    const isolated = {
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cross-Origin-Embedder-Policy': 'require-corp',
    };
    expect(server.headers).toEqual({ 'X-Mine': 'kept', ...isolated });
    expect(preview.headers).toMatchObject(isolated);
  });

  it('isolates nothing unless it is told to', async () => {
    const { server } = await configured();
    expect(server.headers).toEqual({ 'X-Mine': 'kept' });
  });

  it.each<[ReflexarcPluginOptions | undefined, string[]]>([
    [undefined, ['jspi', 'asyncify']],
    [{ runtimes: ['wasm'] }, ['jspi', 'asyncify']],
    [{ runtimes: ['webgpu'] }, ['wasm']],
    [{ runtimes: ['webgpu', 'wasm'] }, []],
  ])('with %j puts a refusal in place of the builds %j', async (options, refused) => {
    await using server = closing(
      await createServer({
        configFile: false,
        root: builds,
        plugins: [reflexarc(options)],
        server: { middlewareMode: true, ws: false },
        appType: 'custom',
        logLevel: 'silent',
      }),
    );
    for (const build of ['wasm', 'jspi', 'asyncify']) {
      const { code = '' } = (await server.transformRequest(`${builds}/ort-${build}.web.ts?v=1`)) ?? {};
      expect(code.includes('leftOut('), build).toBe(refused.includes(build));
      expect(code.includes('onnxruntime-web'), build).toBe(!refused.includes(build));
    }
  });

  it.each([[[]], [['wasm', 'abacus']]])('refuses runtimes %j', (runtimes) => {
    expect(() => reflexarc({ runtimes: runtimes as never })).toThrow(
      expect.objectContaining({ code: 'ERR_ARGUMENT', expected: 'one or more of wasm, webgpu' }),
    );
  });
});

it('is one typed error, whichever part of a build is asked for that was left out', async () => {
  const { ownMjs, ownWasm, import: load } = leftOut('webgpu');
  const refusal = expect.objectContaining({ code: 'ERR_UNSUPPORTED', details: { supported: ['wasm'] } });
  await expect(load()).rejects.toThrow(refusal);
  expect(ownMjs).toThrow(refusal);
  expect(ownWasm).toThrow(refusal);
});

function closing<T extends { close(): Promise<void> }>(server: T): T & AsyncDisposable {
  return Object.assign(server, { [Symbol.asyncDispose]: () => server.close() });
}
