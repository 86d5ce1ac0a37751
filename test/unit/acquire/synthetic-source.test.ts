import { describe, expect, it } from 'vitest';
import { createScene } from '../../../src/acquire/synthetic/scene.js';
import { SyntheticSource } from '../../../src/acquire/synthetic/synthetic-source.js';
import { syntheticSourceSchema } from '../../../src/core/definition.js';
import type { Frame } from '../../../src/core/frame.js';
import { FramePool } from '../../../src/core/frame-pool.js';
import { parse } from '../../../src/core/parse.js';

const options = parse(syntheticSourceSchema, { type: 'synthetic', width: 320, height: 180, frameRate: 24 }, 'options');
const never = new AbortController().signal;

describe('the synthetic source', () => {
  it('delivers the scene, frame by frame, in pooled memory, with exact timestamps', async () => {
    const source = new SyntheticSource(options);
    const pool = new FramePool();
    const expected = new Uint8Array(320 * 180 * 4);
    const scene = createScene(options);
    expect(source.info).toEqual({ type: 'synthetic', width: 320, height: 180, frameRate: 24, endless: true });
    for (let id = 0; id < 4; id++) {
      using frame = (await source.read(pool, never)) as Frame;
      scene.render(id, expected);
      expect(frame.id).toBe(id);
      expect(frame.timestamp).toBe(Math.round((id * 1e6) / 24));
      expect(Buffer.from(frame.data).equals(expected)).toBe(true);
    }
    expect(pool.buffersMade).toBe(1);
    expect(pool.openFrames).toBe(0);
  });

  it('passes over frames at no cost and numbers the next one on', async () => {
    const source = new SyntheticSource(options);
    const pool = new FramePool({ shared: true });
    expect(await source.skip(1000, never)).toBe(1000);
    using frame = (await source.read(pool, never)) as Frame;
    const expected = new Uint8Array(320 * 180 * 4);
    createScene(options).render(1000, expected);
    expect(frame.id).toBe(1000);
    expect(Buffer.from(frame.data).equals(expected)).toBe(true);
  });

  it('ends with the reason of the signal when aborted', async () => {
    const reason = new Error('enough');
    const source = new SyntheticSource(options);
    await expect(source.read(new FramePool(), AbortSignal.abort(reason))).rejects.toBe(reason);
    await expect(source.skip(1, AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});
