import { describe, expect, it } from 'vitest';
import type { PipelineDefinitionInput } from '../../../src/core/definition.js';
import type { Detection } from '../../../src/core/result.js';
import type { Slot } from '../../../src/infer/runtime.js';
import { openLocalEngine } from './open-local-engine.js';

const side = 16;
const strides = [8, 16, 32];
const cells = strides.reduce((sum, stride) => sum + Math.floor(side / stride) ** 2, 0);
const columns = 85;
const input = { name: 'images', dataType: 'float32', shape: [1, 3, side, side] } as const;
const output = { name: 'output', dataType: 'float32', shape: [1, cells, columns] } as const;

/** A detector that sees one object per picture: the box around all px of 200 and more. Answers as YOLOX does. */
function detect({ inputs, outputs }: Slot): void {
  const px = inputs[0].data as Float32Array;
  const rows = outputs[0].data as Float32Array;
  rows.fill(0);
  let [left, top, right, bottom] = [side, side, 0, 0];
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      if (px[y * side + x] < 200) continue;
      [left, top] = [Math.min(left, x), Math.min(top, y)];
      [right, bottom] = [Math.max(right, x + 1), Math.max(bottom, y + 1)];
    }
  }
  if (right === 0) return;
  const stride = strides[0];
  const box = [(left + right) / 2 / stride, (top + bottom) / 2 / stride];
  rows.set([...box, Math.log((right - left) / stride), Math.log((bottom - top) / stride), 1, 0.9]);
}

async function openEngine(definition: Partial<PipelineDefinitionInput>, tier: 'wasm-simd' | 'reference' = 'wasm-simd') {
  let runs = 0;
  const run = (slot: Slot) => {
    runs++;
    detect(slot);
  };
  const engine = await openLocalEngine(
    { model: { type: 'file', path: 'm.onnx', preset: 'yolox' }, slots: 1, ...definition },
    { input, output, run },
    tier,
    async () => frame(0, 40, 28, [10, 10, 7, 5]),
  );
  const warm = runs;
  return { engine, runs: () => runs - warm };
}

/** A dark frame with a bright rectangle. */
function frame(id: number, width: number, height: number, [x, y, w, h]: readonly number[]) {
  const data = new Uint8Array(width * height).fill(20);
  for (let row = y; row < y + h; row++) data.fill(250, row * width + x, row * width + x + w);
  return { id, format: 'GRAY8' as const, codedWidth: width, codedHeight: height, strideBytes: width, data };
}

const tiles = { tileWidth: side, tileHeight: side, overlap: 4 };
const preprocess = { width: side, height: side, resize: 'stretch', tiles } as const;

describe.each(['wasm-simd', 'reference'] as const)('an engine with tiles, on %s', (tier) => {
  it.each([
    ['in one tile', [2, 3, 5, 6]],
    ['cut by an edge', [9, 2, 6, 7]],
    ['at a corner of four', [10, 10, 7, 5]],
    ['longer than a tile', [3, 8, 34, 5]],
  ] as const)('finds an object %s once, in px of the frame', async (_, rectangle) => {
    const { engine, runs } = await openEngine({ preprocess }, tier);
    const { items, preprocessMs, inferMs } = await engine.process(0, frame(0, 40, 28, rectangle));
    expect(runs()).toBe(6);
    expect(items).toHaveLength(1);
    const [x, y, width, height] = rectangle;
    const { box } = items[0] as Detection;
    expect(box.x).toBeCloseTo(x, 4);
    expect(box.y).toBeCloseTo(y, 4);
    expect(box.width).toBeCloseTo(width, 4);
    expect(box.height).toBeCloseTo(height, 4);
    expect(preprocessMs).toBeGreaterThan(0);
    expect(inferMs).toBeGreaterThan(0);
    await engine.close();
  });

  it('compares each tile with its own part of a background', async () => {
    const before = { background: { picture: 'belt.png' } };
    const { engine } = await openEngine({ preprocess: { ...preprocess, before } }, tier);
    const { items } = await engine.process(0, frame(0, 40, 28, [10, 10, 7, 5]));
    expect(items).toEqual([]);
    // What is missing shows as what is there too much.
    const bare = await engine.process(0, frame(1, 40, 28, [0, 0, 0, 0]));
    expect(bare.items).toHaveLength(1);
    const { box } = bare.items[0] as Detection;
    expect([box.x, box.y, box.width, box.height].map(Math.round)).toEqual([10, 10, 7, 5]);
    await engine.close();
  });

  it('plans anew for frames of another size, and gives memory back', async () => {
    const { engine, runs } = await openEngine({ preprocess }, tier);
    for (const [width, height, count] of [
      [40, 28, 6],
      [16, 16, 1],
      [28, 16, 2],
      [10, 60, 5],
      [17, 17, 4],
      [40, 28, 6],
    ]) {
      const before = runs();
      const { items } = await engine.process(0, frame(0, width, height, [1, 1, 4, 4]));
      expect(runs() - before).toBe(count);
      expect(items).toHaveLength(1);
    }
    await engine.close();
  });
});

describe('an engine', () => {
  it('refuses tiles of a classification, and of a frame that is cut already', async () => {
    const classify = { preprocess, model: { type: 'file', path: 'm.onnx', preset: 'classification' } } as const;
    await expect(openEngine(classify)).rejects.toMatchObject({ code: 'ERR_ARGUMENT' });
    const region = { x: 0, y: 0, width: 20, height: 20 };
    const { engine } = await openEngine({ preprocess: { ...preprocess, region } });
    await expect(engine.process(0, frame(0, 40, 28, [1, 1, 4, 4]))).rejects.toMatchObject({ code: 'ERR_ARGUMENT' });
    await engine.close();
  });

  it('fails a frame that tiles do not fit, and answers the next', async () => {
    const { engine } = await openEngine({ preprocess: { ...preprocess, tiles: { ...tiles, overlap: 16 } } });
    await expect(engine.process(0, frame(0, 40, 28, [1, 1, 4, 4]))).rejects.toMatchObject({ code: 'ERR_ARGUMENT' });
    await engine.close();
  });
});
