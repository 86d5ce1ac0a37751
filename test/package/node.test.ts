import { realpathSync, symlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { version } from '../../src/core/version.js';
import { arc, type Consumer, createConsumer, describeWithPackage, foundByNode } from './consumer.js';

const libraryPath = `/build/native/reflexarc-kernels-${process.arch}.so`;
const modules = fileURLToPath(new URL('../../node_modules', import.meta.url));

describeWithPackage('the packed package under Node', () => {
  let consumer: Consumer;

  beforeAll(() => {
    consumer = createConsumer();
  });

  afterAll(() => consumer?.[Symbol.dispose]());

  it('is an ES module that finds the same in a worker thread and on the calling one', async () => {
    const inWorker = await foundByNode(consumer, arc);
    expect(inWorker.flatMap(({ items }) => items).length).toBeGreaterThan(6);
    expect(await foundByNode(consumer, { ...arc, execution: 'inline' })).toEqual(inWorker);
  });

  it('has a command that npx runs', async () => {
    const report = JSON.parse(await consumer.run('npx', '--no-install', 'reflexarc', 'doctor', '--json'));
    // What else there is depends on the machine.
    expect(report.runtimes[0]).toMatchObject({ id: 'onnx-web', status: 'works' });
    expect(report.assets).toMatchObject([{ status: 'works' }, { status: 'works' }]);
    expect((await consumer.run('npx', '--no-install', 'reflexarc', '--version')).trim()).toBe(version);
  });

  it('builds native kernels from what it brings, and finds them', async () => {
    const run = (...args: string[]) => consumer.run('npx', '--no-install', 'reflexarc', ...args, '--json');
    const native = async () => JSON.parse(await run('doctor')).tools[0];
    expect(await native()).toMatchObject({
      status: 'unavailable',
      remedy: expect.stringContaining('reflexarc build-kernels'),
    });
    const { library } = JSON.parse(await run('build-kernels'));
    expect(library).toBe(realpathSync(consumer.path('node_modules', 'reflexarc')) + libraryPath);
    linkOnce(consumer, 'koffi');
    expect(await native()).toMatchObject({ status: 'works', found: expect.stringContaining('native-simd') });
  });

  it('names no other way in than its exports', async () => {
    const failing = consumer.run(process.execPath, '-e', "import('reflexarc/dist/index.js')");
    await expect(failing).rejects.toThrow('ERR_PACKAGE_PATH_NOT_EXPORTED');
  });

  it.each([
    ['bundler', 'esnext', 'web'],
    ['bundler', 'esnext', 'node'],
    ['nodenext', 'nodenext', 'web'],
    ['nodenext', 'nodenext', 'node'],
  ])('has types under moduleResolution %s (module %s) for the %s', async (moduleResolution, module, place) => {
    const web = place === 'web';
    consumer.write(
      'typed.ts',
      `import { createPipeline, loadKernels, type Detection, type PipelineDefinitionInput, type Result } from 'reflexarc';
import { reflexarc } from 'reflexarc/vite';
${web ? "import { createOverlay } from 'reflexarc';" : ''}
const definition: PipelineDefinitionInput = ${JSON.stringify(arc)};
export async function first(): Promise<Result> {
  const pipeline = await createPipeline(definition${web ? ', { assetBaseUrl: "/reflexarc/", sinks: [createOverlay(document.createElement("canvas"))] }' : ''});
  for await (const result of pipeline.run()) return result;
  throw new Error('none');
}
export const kernels: Promise<{ tier: string }> = loadKernels();
export const plugins = [reflexarc({ runtimes: ['wasm', 'webgpu'], isolation: true })];
export const label = (detection: Detection): string => detection.label;
// @ts-expect-error no such source
export const wrong: PipelineDefinitionInput = { ...definition, source: { type: 'crystal-ball' } };
// @ts-expect-error no such runtime
reflexarc({ runtimes: ['abacus'] });\n`,
    );
    consumer.write(
      'tsconfig.json',
      JSON.stringify({
        compilerOptions: {
          module,
          moduleResolution,
          target: 'es2022',
          lib: ['es2023', 'esnext.disposable', 'dom', 'dom.iterable', 'dom.asynciterable'],
          types: [],
          strict: true,
          noEmit: true,
          skipLibCheck: true,
          ...(web ? { customConditions: ['browser'] } : { customConditions: ['node'] }),
        },
        files: ['typed.ts'],
      }),
    );
    linkOnce(consumer, 'vite');
    await consumer.run(process.execPath, `${modules}/typescript/bin/tsc`, '-p', '.').catch(({ stdout }) => {
      throw new Error(stdout);
    });
  });
});

function linkOnce(consumer: Consumer, name: string): void {
  try {
    symlinkSync(`${modules}/${name}`, consumer.path('node_modules', name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
