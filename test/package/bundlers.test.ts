import { cpSync, mkdirSync, readdirSync } from 'node:fs';
import * as esbuild from 'esbuild';
import { build, createServer } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import webpack from 'webpack';
import { type Chromium, describeWithChromium, launchChromium, webGpuFlags } from '../browser/chromium.js';
import { type SiteOptions, serveSite, strictPolicy } from '../browser/site-server.js';
import { arc, type Consumer, createConsumer, describeWithPackage, type Found, foundByNode } from './consumer.js';
import { serveDevelopment } from './dev-server.js';
import { application, ownApplication, ownWorker, type PageOptions, type Visit, visit } from './page.js';

const threaded = { ...arc, threads: 2 };
/** Reads kernels from the URL in `kernels`. */
const fetchKernels = 'const readKernels = async () => new Uint8Array(await (await fetch(kernels)).arrayBuffer());';
/** As a careful server sends the page: policy without exceptions, and isolated. */
const strict: SiteOptions = { csp: strictPolicy, isolated: true };

describeWithChromium('the packed package', () => {
  describeWithPackage('in a page', () => {
    let chromium: Chromium;
    /** By the number of threads, which share sums out differently. */
    let expected: Record<number, Found>;

    beforeAll(async () => {
      using consumer = createConsumer();
      chromium = await launchChromium(webGpuFlags);
      expected = { 1: await foundByNode(consumer, arc), 2: await foundByNode(consumer, { ...arc, threads: 2 }) };
      for (const found of Object.values(expected)) {
        expect(found.map(({ frame }) => frame)).toEqual([0, 1, 2]);
        expect(found.every(({ items }) => items.length > 2)).toBe(true);
      }
    });

    afterAll(() => chromium?.close());

    /** Finds what Node finds, asks nobody else, and nothing is complained of. */
    function expectClean({ found, info, error, foreign, complaints }: Visit, threads = 1): void {
      expect(error).toBeUndefined();
      expect(info.runtime).toMatchObject({ executionProvider: 'wasm', threads });
      expect(found).toEqual(expected[threads]);
      expect(foreign).toEqual([]);
      expect(complaints).toEqual([]);
    }

    const kernelFiles = ({ paths }: Visit) => paths.filter((path) => /kernels.*\.wasm$/.test(path));

    /** Clean, of the application's own worker, and of kernels that were asked for `reads` times: never by the worker. */
    function expectOwn(seen: Visit, reads: number, threads = 1): void {
      expectClean(seen, threads);
      expect(seen.workers[0]).toContain(ownWorker);
      expect(kernelFiles(seen)).toHaveLength(reads);
    }

    /** Serves a folder and runs an arc in its page. */
    async function visitFolder(
      folder: string,
      site: SiteOptions,
      definition = arc,
      options: PageOptions = {},
    ): Promise<Visit> {
      await using server = await serveSite({ ...site, folder });
      return await visit(chromium, `${server.origin}/`, definition, options);
    }

    describe('with Vite', () => {
      const pluginConfig = (options: object) =>
        `import { reflexarc } from 'reflexarc/vite';
         export default { plugins: [reflexarc(${JSON.stringify(options)})] };\n`;

      async function buildWith(config?: string, files = application()): Promise<Consumer> {
        const consumer = createConsumer({ ...files, ...(config ? { 'vite.config.js': config } : {}) });
        await build({ root: consumer.folder, logLevel: 'error', build: { reportCompressedSize: false } });
        return consumer;
      }

      const emitted = (consumer: Consumer) => readdirSync(consumer.path('dist', 'assets')).join('\n');

      it('runs from the development server, without any setting', async () => {
        using consumer = createConsumer(application());
        await using server = await serveDevelopment(consumer, createServer);
        expectClean(await visit(chromium, server.url, arc));
      });

      it('runs from a build, without any setting, with threads, under a strict policy', async () => {
        using consumer = await buildWith();
        expectClean(await visitFolder(consumer.path('dist'), strict, threaded), 2);
        expectClean(await visitFolder(consumer.path('dist'), {}));
        expect(emitted(consumer)).toMatch(/jspi.*\.wasm/);
      });

      it('runs from a build into a folder that may lie anywhere', async () => {
        using consumer = await buildWith(`export default { base: './' };\n`);
        const site = consumer.path('site');
        mkdirSync(site);
        cpSync(consumer.path('dist'), consumer.path('site', 'any', 'folder'), { recursive: true });
        await using server = await serveSite({ csp: strictPolicy, folder: site });
        expectClean(await visit(chromium, `${server.origin}/any/folder/`, arc));
      });

      it('with the plugin, runs inline and isolated from the development server', async () => {
        using consumer = createConsumer({
          ...application(),
          'vite.config.js': pluginConfig({ isolation: true }),
        });
        await using server = await serveDevelopment(consumer, createServer);
        expectClean(await visit(chromium, server.url, { ...threaded, execution: 'inline' }), 2);
        expectClean(await visit(chromium, server.url, arc));
        // What was left out is refused in development, too, not first in the built application.
        await expectLeftOut(server.url);
      });

      it('with the plugin, leaves out builds of the runtime, and says so to whoever asks for one', async () => {
        using consumer = await buildWith(pluginConfig({}));
        expect(emitted(consumer)).toMatch(/ort-wasm-simd-threaded-.*\.wasm/);
        expect(emitted(consumer)).not.toMatch(/jspi|asyncify|webgpu/);
        await using server = await serveSite({ ...strict, folder: consumer.path('dist') });
        expectClean(await visit(chromium, `${server.origin}/`, threaded), 2);
        await expectLeftOut(`${server.origin}/`);
        const both = await visit(chromium, `${server.origin}/`, { ...arc, executionProviders: ['webgpu', 'wasm'] });
        expectClean(both);
        expect(both.info.runtime.limitations?.join()).toMatch(/webgpu.*built without.*runtimes/);
      });

      it('with the plugin, keeps the builds that are asked for', async () => {
        using consumer = await buildWith(pluginConfig({ runtimes: ['webgpu'] }));
        expect(emitted(consumer)).toMatch(/jspi-.*\.wasm/);
        expect(emitted(consumer)).toMatch(/asyncify-.*\.wasm/);
        expect(emitted(consumer)).not.toMatch(/threaded-\w+\.wasm/);
        const seen = await visitFolder(consumer.path('dist'), strict);
        expect(seen.error).toMatchObject({ code: 'ERR_UNSUPPORTED', subject: 'execution provider wasm' });
        expect(seen.complaints).toEqual([]);
      });

      it("runs a worker of the application's own on kernels that it read, under a strict policy", async () => {
        const readKernels = `import kernels from 'reflexarc/kernels.wasm?url';\n${fetchKernels}`;
        using consumer = await buildWith(pluginConfig({}), ownApplication(readKernels));
        const folder = consumer.path('dist');
        expectOwn(await visitFolder(folder, strict, threaded), 1, 2);
        const inline = await visitFolder(folder, strict, { ...arc, execution: 'inline' });
        expectClean(inline);
        expect(kernelFiles(inline)).toHaveLength(1);
      });

      async function expectLeftOut(url: string): Promise<void> {
        const { error, complaints, paths } = await visit(chromium, url, { ...arc, executionProviders: ['webgpu'] });
        expect(error).toMatchObject({
          code: 'ERR_UNSUPPORTED',
          subject: 'execution provider webgpu',
          received: 'an application that was built without them',
          remedy: expect.stringContaining("Add 'webgpu' to `runtimes`"),
        });
        expect(complaints).toEqual([]);
        expect(paths.join('\n')).not.toMatch(/\.(jspi|asyncify)\./);
      }
    });

    describe('with webpack', () => {
      async function buildWith(files = application(), output: webpack.Configuration['output'] = {}): Promise<Consumer> {
        const consumer = createConsumer(files);
        const stats = await new Promise<webpack.Stats | undefined>((resolve, reject) =>
          webpack(
            {
              context: consumer.folder,
              mode: 'production',
              entry: './main.js',
              output: { path: consumer.path('public'), filename: 'main.js', ...output },
              performance: { hints: false },
              // It would spend most of the test on the runtime's files, which are minified already.
              optimization: { minimize: false },
            },
            (error, result) => (error ? reject(error) : resolve(result)),
          ),
        );
        expect(stats?.toString({ all: false, errors: true, warnings: true })).toBe('');
        cpSync(consumer.path('index.html'), consumer.path('public', 'index.html'));
        return consumer;
      }

      it('runs from a build, without any setting, with threads, under a strict policy', async () => {
        using consumer = await buildWith();
        expectClean(await visitFolder(consumer.path('public'), strict, threaded), 2);
        expectClean(await visitFolder(consumer.path('public'), {}, { ...arc, execution: 'inline' }));
      });

      it("runs a worker of the application's own on kernels that it read, under a strict policy", async () => {
        const readKernels = `const kernels = new URL('reflexarc/kernels.wasm', import.meta.url);\n${fetchKernels}`;
        using consumer = await buildWith(ownApplication(readKernels), {
          chunkFilename: '[name].js',
          assetModuleFilename: '[name]-[hash][ext]',
        });
        expectOwn(await visitFolder(consumer.path('public'), strict, threaded), 1, 2);
      });
    });

    describe('with esbuild', () => {
      async function buildWith(files: Record<string, string>, entryPoints: string[]): Promise<Consumer> {
        const consumer = createConsumer(files);
        await esbuild.build({
          absWorkingDir: consumer.folder,
          entryPoints,
          bundle: true,
          minify: true,
          format: 'esm',
          outdir: 'public',
          loader: { '.wasm': 'binary' },
          logLevel: 'warning',
        });
        cpSync(consumer.path('index.html'), consumer.path('public', 'index.html'));
        return consumer;
      }

      it('runs from a bundle, with copied assets', async () => {
        using consumer = await buildWith(application(), ['main.js']);
        const options = { assetBaseUrl: (await copyAssets(consumer)).url };
        expectClean(await visitFolder(consumer.path('public'), strict, threaded, options), 2);
        expectClean(await visitFolder(consumer.path('public'), {}, { ...arc, execution: 'inline' }, options));
      });

      it("runs a worker of the application's own on kernels within its script, under a strict policy", async () => {
        const readKernels = `import kernels from 'reflexarc/kernels.wasm';\nconst readKernels = async () => kernels;`;
        using consumer = await buildWith(ownApplication(readKernels), ['main.js', `${ownWorker}.js`]);
        // The runtime's files are copied; kernels and worker among them are not asked for.
        const options = { assetBaseUrl: (await copyAssets(consumer)).url };
        const folder = consumer.path('public');
        expectOwn(await visitFolder(folder, strict, threaded, options), 0, 2);
        const inline = await visitFolder(folder, strict, { ...arc, execution: 'inline' }, options);
        expectClean(inline);
        expect(kernelFiles(inline)).toEqual([]);
      });
    });

    describe('without a bundler', () => {
      let consumer: Consumer;
      let folder: string;

      beforeAll(async () => {
        consumer = createConsumer();
        folder = consumer.path('public');
        const { url, plain } = await copyAssets(consumer);
        expect(plain).toBe(`import { createPipeline } from '${url}reflexarc.js'`);
        const files = Object.entries(application(`${url}reflexarc.js`));
        for (const [name, text] of files) consumer.write(`public/${name}`, text);
      });

      afterAll(() => consumer?.[Symbol.dispose]());

      it('runs from copied assets, under a strict policy', async () => {
        expectClean(await visitFolder(folder, strict, threaded), 2);
        expectClean(await visitFolder(folder, { csp: strictPolicy }, threaded), 1);
        expectClean(await visitFolder(folder, strict, { ...arc, execution: 'inline' }));
      });

      it('is one clear error where a runtime was not copied', async () => {
        const { error } = await visitFolder(folder, strict, { ...arc, executionProviders: ['webgpu'] });
        expect(error).toMatchObject({ code: 'ERR_UNSUPPORTED', remedy: expect.stringContaining('copy-assets') });
      });

      it('is one clear error where assetBaseUrl is no folder with the worker of this version', async () => {
        const answer = async (assetBaseUrl: string) => visitFolder(folder, {}, arc, { assetBaseUrl });
        const absent = await answer('elsewhere');
        expect(absent.error).toMatchObject({
          code: 'ERR_DEVICE_LOST',
          name: 'DeviceLostError',
          subject: 'worker of the pipeline',
          remedy: expect.stringContaining('copy-assets'),
        });
        expect(absent.complaints.join()).toMatch(/404 .*elsewhere\/reflexarc-worker-\d+\.\d+\.\d+\.js/);
        const foreign = await answer('https://cdn.example/');
        expect(foreign.error).toMatchObject({ code: 'ERR_ARGUMENT', subject: 'assetBaseUrl' });
        expect(foreign.foreign).toEqual([]);
        expect((await answer('http://:x')).error).toMatchObject({ code: 'ERR_ARGUMENT', subject: 'assetBaseUrl' });
      });
    });
  });
});

/** Copies the assets to where the page's server serves them as `/reflexarc/`. */
async function copyAssets(consumer: Consumer): Promise<{ url: string; plain: string }> {
  return JSON.parse(
    await consumer.run('npx', '--no-install', 'reflexarc', 'copy-assets', 'public/reflexarc', '--json'),
  );
}
