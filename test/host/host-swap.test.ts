import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ModelInfo } from 'reflexarc';
import { describe, expect, it } from 'vitest';
import { collect, isAlive, openHost, pidOf, runLocally, type Seen } from './host-runs.js';

describe('a model that is replaced while it runs', () => {
  it('takes over between two frames: none is lost, tracks and counts go on, the old child ends', async () => {
    const undisturbed = await runLocally();
    const { pipeline, faults, health } = await openHost();
    const old = pidOf(pipeline);
    let swapping: Promise<ModelInfo> | undefined;
    const { results, error } = await collect(pipeline, async (count) => {
      if (count === 10) swapping = pipeline.swapModel({ type: 'bundle', path: 'models/conveyor', goldenCheck: true });
      if (count === 30) await swapping;
    });
    expect({ error, faults }).toEqual({ error: undefined, faults: [] });
    expect(results).toEqual(undisturbed);
    expect(await swapping).toMatchObject({ goldenCheck: 'passed' });
    expect(health).toEqual([{ type: 'swapped', model: pipeline.info.model.id, labelsChanged: false }]);
    expect(isAlive(old)).toBe(false);
    expect(pipeline.children).toMatchObject([
      { id: 'onnx-web:1', state: 'stopped' },
      { id: 'onnx-web:2', state: 'ready' },
    ]);
    await pipeline.close();
  });

  it('begins new tracks where the labels are others', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'reflexarc-'));
    cpSync('models/conveyor', folder, { recursive: true });
    const manifest = join(folder, 'model.json');
    const text = readFileSync(manifest, 'utf8');
    writeFileSync(manifest, text.replace('"gear",', '"cog",'));
    expect(JSON.parse(text).labels[0]).toBe('gear');
    const { pipeline, health } = await openHost({ frames: 60 });
    let swapped = Number.POSITIVE_INFINITY;
    const { results, error } = await collect(pipeline, async (count) => {
      if (count !== 30) return;
      await pipeline.swapModel({ type: 'bundle', path: folder });
      swapped = count;
    });
    expect(error).toBeUndefined();
    expect(health).toMatchObject([{ type: 'swapped', labelsChanged: true }]);
    expect(pipeline.info.model.labels[0]).toBe('cog');
    expect(pipeline.definition.model).toMatchObject({ path: folder });
    // Frames that were under way still have the old model's names.
    const before = tracks(results.slice(0, swapped));
    const after = tracks(results.slice(swapped + 2));
    expect(before.length * after.length).toBeGreaterThan(0);
    expect(after.filter((id) => before.includes(id))).toEqual([]);
    // Undisturbed, some objects are seen in both parts.
    const undisturbed = await runLocally({ frames: 60 });
    const first = tracks(undisturbed.slice(0, swapped));
    expect(tracks(undisturbed.slice(swapped + 2)).some((id) => first.includes(id))).toBe(true);
    await pipeline.close();
    rmSync(folder, { recursive: true });
  });

  it('stays as it is where the new one cannot be opened, or is not wanted any more', async () => {
    const { pipeline, faults } = await openHost();
    const child = pidOf(pipeline);
    const controller = new AbortController();
    controller.abort(new Error('enough'));
    const { results, error } = await collect(pipeline, async (count) => {
      if (count !== 10) return;
      const none = pipeline.swapModel({ type: 'bundle', path: 'models/none' });
      await expect(none).rejects.toMatchObject({ code: 'ERR_MODEL_LOAD' });
      const unwanted = pipeline.swapModel({ type: 'bundle', path: 'models/conveyor' }, { signal: controller.signal });
      await expect(unwanted).rejects.toThrow('enough');
    });
    expect({ error, faults }).toEqual({ error: undefined, faults: [] });
    expect(results).toEqual(await runLocally());
    expect(pipeline.children.find(({ state }) => state === 'ready')).toMatchObject({ pid: child });
    await pipeline.close();
    await expect(pipeline.swapModel({ type: 'bundle', path: 'models/conveyor' })).rejects.toMatchObject({
      code: 'ERR_CLOSED',
    });
  });
});

function tracks(results: readonly Seen[]): number[] {
  return results.flatMap(({ items }) =>
    items.flatMap((item) => ('trackId' in item && item.trackId ? [item.trackId] : [])),
  );
}
