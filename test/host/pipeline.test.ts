import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { PipelineDefinitionInput, Result } from 'reflexarc';
import { createPipeline, type FrameLayout, ReflexarcError } from 'reflexarc';
import { describe, expect, it } from 'vitest';
import { drawPictures } from '../../src/cli/memory-source.js';
import { assetPath, describeWithAssets } from '../assets.js';
import { nativeLibrary } from '../native-library.js';
import { orientations, seenFrame } from '../orientations.js';
import { sourceFromArray, sourceFromPictures } from './source-from-array.js';

// The built package, as a user has it: workers need real files.

const conveyor: PipelineDefinitionInput = {
  source: { type: 'synthetic', seed: 7 },
  model: { type: 'bundle', path: 'models/conveyor' },
  track: { type: 'sort' },
  rules: [{ type: 'line', id: 'gate', from: { x: 0.5, y: 0 }, to: { x: 0.5, y: 1 }, reject: ['*-defective'] }],
  frames: 45,
};

/** Results without timings, and what the pipeline said of itself. */
async function run(definition: PipelineDefinitionInput) {
  await using pipeline = await createPipeline(definition);
  const results: Omit<Result, 'spans' | 'late'>[] = [];
  for await (const { spans: _spans, late: _late, ...result } of pipeline.run()) results.push(result);
  return { results, info: pipeline.info, stats: pipeline.stats };
}

describe('pipeline on the embedded default', () => {
  it('gives the same results inline and in a worker, with one slot and two, and after a JSON round trip', async () => {
    const inline = await run({ ...conveyor, execution: 'inline', slots: 1 });
    expect(inline.results.length).toBe(45);
    expect(inline.results.flatMap((result) => result.items).length).toBeGreaterThan(20);
    const variants: PipelineDefinitionInput[] = [
      { ...conveyor, execution: 'worker', slots: 1 },
      { ...conveyor, execution: 'worker', slots: 2 },
      { ...JSON.parse(JSON.stringify(conveyor)), execution: 'inline', slots: 2 },
    ];
    for (const definition of variants) expect((await run(definition)).results).toEqual(inline.results);
  });

  it('gives the same results on every kernel tier', async () => {
    const few = { ...conveyor, frames: 6 };
    const fastest = await run({ ...few, kernels: 'wasm-simd' });
    expect(fastest.info.kernels).toMatchObject({ tier: 'wasm-simd', nativeProblem: null });
    expect(fastest.info.kernels.file).toMatch(/kernels\.wasm$/);
    for (const kernels of ['wasm-scalar', 'reference'] as const) {
      const other = await run({ ...few, kernels });
      expect(other.info.kernels.tier).toBe(kernels);
      expect(other.results).toEqual(fastest.results);
    }
  });

  it('compares with a background that a file holds, and learns one, the same inline and in a worker on two slots', async () => {
    const few: PipelineDefinitionInput = { ...conveyor, frames: 6, kernels: 'wasm-simd' };
    const plain = await run(few);
    const { width, height } = plain.results[0];
    const path = join(mkdtempSync(join(tmpdir(), 'reflexarc-background-')), 'black.ppm');
    writeFileSync(path, Buffer.concat([Buffer.from(`P6 ${width} ${height} 255\n`), Buffer.alloc(width * height * 3)]));
    const against = (background: object): PipelineDefinitionInput => ({
      ...few,
      preprocess: { ...plain.info.model.preprocess, before: { background } },
    });
    // From black, every px differs by itself.
    for (const execution of ['inline', 'worker'] as const) {
      expect((await run({ ...against({ picture: path }), execution })).results).toEqual(plain.results);
    }
    const learned = await run({ ...against({ learningRate: 16 }), execution: 'inline', slots: 1 });
    expect(learned.results).not.toEqual(plain.results);
    expect((await run({ ...against({ learningRate: 16 }), execution: 'worker', slots: 2 })).results).toEqual(
      learned.results,
    );
    await expect(run(against({ picture: `${path}.gone` }))).rejects.toMatchObject({ code: 'ERR_SOURCE' });
  });

  it('gives the same results on native kernels, inline and in a worker, which read frames where they lie', async () => {
    const few = { ...conveyor, frames: 6 };
    const wasm = await run({ ...few, kernels: 'wasm-simd' });
    expect(wasm.info.copies).toContain('frame → kernel memory');
    if (!nativeLibrary) {
      await expect(run({ ...few, kernels: 'native-simd' })).rejects.toMatchObject({ code: 'ERR_UNSUPPORTED' });
      return;
    }
    for (const execution of ['worker', 'inline'] as const) {
      for (const kernels of ['native-simd', 'native-scalar', 'auto'] as const) {
        const native = await run({ ...few, kernels, execution });
        const tier = kernels === 'auto' ? 'native-simd' : kernels;
        expect(native.info.kernels).toEqual({ tier, file: nativeLibrary, nativeProblem: null });
        expect(native.info.copies).not.toContain('frame → kernel memory');
        expect(native.results).toEqual(wasm.results);
      }
    }
  });

  it('says what runs', async () => {
    const { info, stats } = await run({ ...conveyor, kernels: 'wasm-simd' });
    expect(info).toMatchObject({
      model: { id: 'conveyor', goldenCheck: 'passed', task: 'detection' },
      runtime: { runtime: 'onnx-web', device: 'cpu', executionProvider: 'wasm', threads: 1 },
      execution: 'worker',
      overlap: ['acquire', 'respond'],
      captureTime: 'arrival',
      queue: 'wait',
    });
    expect(info.copies[0]).toBe('frame → kernel memory');
    expect(info.allocations.frameBuffers).toBeLessThanOrEqual(3);
    expect(stats).toMatchObject({ frames: 45, faults: 0, openFrames: 0 });
    expect(stats.stages.total.n).toBe(45);
  });

  it('keeps the types of errors that come from the worker', async () => {
    const definition = { ...conveyor, model: { type: 'bundle', path: 'no/such/bundle' } } as const;
    const error = await createPipeline(definition).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ReflexarcError);
    expect(error).toMatchObject({ code: 'ERR_MODEL_LOAD', name: 'ModelLoadError' });
    expect((error as ReflexarcError).cause).toMatchObject({ code: 'ENOENT' });
  });

  it('rejects with the reason when aborted while loading', async () => {
    const reason = new Error('changed my mind');
    const controller = new AbortController();
    const onProgress = (phase: string) => phase === 'compile' && controller.abort(reason);
    for (const execution of ['worker', 'inline'] as const) {
      await expect(createPipeline({ ...conveyor, execution }, { signal: controller.signal, onProgress })).rejects.toBe(
        reason,
      );
    }
  });

  it('calls modules of the user for sources and sinks', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'reflexarc-'));
    const sourcePath = join(folder, 'source.mjs');
    const sinkPath = join(folder, 'sink.mjs');
    writeFileSync(
      sourcePath,
      `export default ({ count }) => {
        let id = 0;
        return {
          info: { type: 'module', endless: false },
          async read(allocator) {
            if (id >= count) return undefined;
            const frame = allocator.allocate({ id, format: 'RGBA', codedWidth: 64, codedHeight: 48, timestamp: id++ * 1000 });
            frame.data.fill(90);
            return frame;
          },
          async skip(n) { id += n; return n; },
          close() {},
        };
      };`,
    );
    writeFileSync(
      sinkPath,
      `export default ({ key }) => ({ result: ({ frame }) => { (globalThis[key] ??= []).push(frame); } });`,
    );
    const { source: _source, ...rest } = conveyor;
    await run({
      ...rest,
      source: { type: 'module', url: pathToFileURL(sourcePath).href, options: { count: 3 } },
      sinks: [{ type: 'module', url: sinkPath, options: { key: 'seenByTheSink' } }],
    });
    expect((globalThis as unknown as { seenByTheSink: number[] }).seenByTheSink).toEqual([0, 1, 2]);
  });
});

describe('pipeline on frames that are stored turned', () => {
  const { width, height, pictures } = drawPictures(2, 7);
  const upright: FrameLayout = { format: 'RGBA', codedWidth: width, codedHeight: height, strideBytes: width * 4 };

  /** Results and recorded pictures. */
  async function recorded(layout: FrameLayout, data: readonly Uint8Array[], execution: 'worker' | 'inline') {
    const path = mkdtempSync(join(tmpdir(), 'reflexarc-turned-'));
    try {
      const { model } = conveyor;
      const source = { type: 'module', url: 'file:///not-loaded.js' } as const;
      const definition: PipelineDefinitionInput = {
        ...{ source, model, execution },
        sinks: [{ type: 'recording', path }],
      };
      await using pipeline = await createPipeline(definition, { source: sourceFromPictures(layout, data) });
      const results: Result[] = [];
      for await (const result of pipeline.run()) results.push(result);
      const lines = readFileSync(join(path, 'frames.jsonl'), 'utf8').trim().split('\n');
      const files = lines.map((line) => readFileSync(join(path, JSON.parse(line).path)));
      return { results, files };
    } finally {
      rmSync(path, { recursive: true, force: true });
    }
  }

  it('finds, places and records what is seen', async () => {
    const expected = await recorded(upright, pictures, 'inline');
    expect(expected.results.flatMap(({ items }) => items).length).toBeGreaterThan(4);
    for (const { rotation, flip } of orientations) {
      // What a turn and a mirror made is unmade by the same, and what a turn made by the other way round.
      const back = { ...upright, rotation: (flip ? rotation : (360 - rotation) % 360) as typeof rotation, flip };
      const stored = pictures.map((picture) => seenFrame(back, picture));
      const layout = { ...stored[0].layout, rotation, flip };
      const { results, files } = await recorded(
        layout,
        stored.map(({ data }) => data),
        flip ? 'worker' : 'inline',
      );
      expect(files.map((file, i) => file.equals(expected.files[i]))).toEqual([true, true]);
      results.forEach((result, i) => {
        expect(result).toMatchObject({ width, height });
        const { items } = expected.results[i];
        expect(result.items.length).toBe(items.length);
        result.items.forEach((item, k) => {
          const other = items[k];
          if (!('box' in item && 'box' in other)) throw new Error('expected detections');
          expect(item.label).toBe(other.label);
          for (const side of ['x', 'y', 'width', 'height'] as const) {
            expect(Math.abs(item.box[side] - other.box[side])).toBeLessThan(1);
          }
        });
      });
    }
  });
});

describeWithAssets('pipeline on pictures', () => {
  it('finds the same objects with a source that brings its own memory, and counts the copy', async () => {
    const model = { type: 'file', path: assetPath('models/onnx/yolox_nano.onnx'), preset: 'yolox' } as const;
    const source = { type: 'pictures', path: assetPath('images/ortx/wolves.jpg') } as const;
    const plain = await run({ source, model });
    expect(plain.results[0].items.length).toBeGreaterThan(0);
    expect(plain.info.copies).not.toContain('frame → shared memory');
    const own = await sourceFromArray(source.path);
    await using pipeline = await createPipeline({ source, model }, { source: own });
    for await (const result of pipeline.run()) expect(result.items).toEqual(plain.results[0].items);
    expect(pipeline.info.copies[0]).toBe('frame → shared memory');
  });
});
