import { describe, expect, it } from 'vitest';
import type { PipelineDefinitionInput } from '../../../src/core/definition.js';
import { SourceError } from '../../../src/core/error.js';
import { openLocalEngine } from './open-local-engine.js';

const side = 8;
const input = { name: 'images', dataType: 'float32', shape: [1, 3, side, side] } as const;
const output = { name: 'output', dataType: 'float32', shape: [1, 4] } as const;

const size = { codedWidth: side, codedHeight: side };
const frame = (value: number) => ({
  ...{ id: 0, format: 'GRAY8' as const, ...size, strideBytes: side },
  data: new Uint8Array(side * side).fill(value),
});
/** 20 everywhere. */
const empty = { format: 'RGB' as const, ...size, strideBytes: 3 * side, data: new Uint8Array(192).fill(20) };

/** An engine on two slots, and the first number of each tensor that it inferred. */
async function openEngine(preprocess: Partial<PipelineDefinitionInput['preprocess']>) {
  const seen: number[] = [];
  const asked: string[] = [];
  const engine = await openLocalEngine(
    {
      model: { type: 'file', path: 'm.onnx', preset: 'classification' },
      preprocess: { width: side, height: side, ...preprocess },
    },
    { input, output, run: ({ inputs }) => void seen.push(inputs[0].data[0] as number) },
    'wasm-simd',
    async (path) => {
      asked.push(path);
      if (path === 'missing.png') throw new SourceError({ subject: path, expected: 'a picture', received: 'nothing' });
      return empty;
    },
  );
  seen.length = 0;
  return { engine, asked, seen };
}

describe('an engine before a background', () => {
  it('learns from frames in their order, on whichever slot', async () => {
    const { engine, seen } = await openEngine({ before: { background: { learningRate: 128 } } });
    // Handed over at once, as two slots do.
    await Promise.all([100, 200, 200, 0].map((value, i) => engine.process(i % 2, frame(value))));
    // The background before each: 100, 100, 150, 175.
    expect(seen).toEqual([0, 100, 50, 175]);
    await engine.close();
  });

  it('compares with a picture that the definition names, and learns nothing then', async () => {
    const { engine, asked, seen } = await openEngine({ before: { background: { picture: 'empty.png' } } });
    for (const value of [70, 70, 20, 0]) await engine.process(0, frame(value));
    expect(asked).toEqual(['empty.png']);
    expect(seen).toEqual([50, 50, 0, 20]);
    await engine.close();
  });

  it('says that the picture is missing when it opens, and that it is of another size with the first frame', async () => {
    const missing = openEngine({ before: { background: { picture: 'missing.png' } } });
    await expect(missing).rejects.toMatchObject({ code: 'ERR_SOURCE' });
    const { engine, seen } = await openEngine({ before: { background: { picture: 'empty.png' } } });
    const wider = { ...frame(1), codedWidth: side + 1, strideBytes: side + 1, data: new Uint8Array(72) };
    await expect(engine.process(0, wider)).rejects.toMatchObject({ code: 'ERR_SHAPE' });
    await engine.process(0, frame(21));
    expect(seen).toEqual([1]);
    await engine.close();
  });
});
