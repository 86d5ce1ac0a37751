import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Box, intersectionOverUnion } from 'reflexarc';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { onlyJson, root, runCli } from './cli-process.js';
import { shuffleWeights } from './onnx-weights.js';

const folder = mkdtempSync(join(tmpdir(), 'reflexarc-conveyor-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Item {
  box: Box;
  score: number;
  label: string;
  classId: number;
}

/** Runs a command with `--json`, checks how it ended, and gives its one object. */
async function json(code: number, ...args: string[]) {
  const outcome = await runCli([...args, '--json']);
  expect(outcome.code, outcome.stderr).toBe(code);
  return onlyJson(outcome);
}

/** A copy of the embedded bundle whose weights were changed. */
function changedBundle(name: string, change: (weights: Uint8Array) => void, rehash: boolean): string {
  const copy = join(folder, name);
  cpSync(join(root, 'models', 'conveyor'), copy, { recursive: true });
  const manifest = JSON.parse(readFileSync(join(copy, 'model.json'), 'utf8'));
  const [variant] = manifest.variants;
  const weights = readFileSync(join(copy, variant.path));
  change(weights);
  writeFileSync(join(copy, variant.path), weights);
  if (rehash) {
    variant.sha256 = createHash('sha256').update(weights).digest('hex');
    writeFileSync(join(copy, 'model.json'), JSON.stringify(manifest));
  }
  return copy;
}

const recording = join(folder, 'recording');
const recorded = json(0, 'start', '--once', '--seed', '5', '--frames', '60', '--record', recording);

describe('the conveyor', () => {
  it('is inspected well on a seed that training never saw', async () => {
    const { model, frames, accuracy, counts, stages } = await recorded;
    expect(model).toBe('conveyor');
    expect(frames).toBe(60);
    expect(accuracy.map50).toBeGreaterThanOrEqual(0.95);
    expect(counts.found).toBe(counts.expected);
    expect(counts.rejected).toBe(counts.rejectable);
    expect(stages.total.n).toBe(60);
  });

  it('replays a recording to the same results, bit for bit', async () => {
    await recorded;
    const replayed = join(folder, 'replayed');
    const { accuracy, counts } = await json(0, 'run', '--source', recording, '--record', replayed);
    expect(readFileSync(join(replayed, 'results.jsonl'), 'utf8')).toBe(
      readFileSync(join(recording, 'results.jsonl'), 'utf8'),
    );
    expect({ map50: accuracy.map50, counts }).toEqual({
      map50: (await recorded).accuracy.map50,
      counts: (await recorded).counts,
    });
  });

  it('finds the mirror image of every part in mirrored pictures', async () => {
    await recorded;
    const mirrored = join(folder, 'mirrored');
    cpSync(recording, mirrored, { recursive: true });
    for (const name of readdirSync(join(mirrored, 'frames'))) {
      const path = join(mirrored, 'frames', name);
      writeFileSync(path, await sharp(path).flop().png({ compressionLevel: 1 }).toBuffer());
    }
    const items = (output: { results: { items: Item[] }[] }) => output.results.map((result) => result.items);
    const plain = items(await json(0, 'run', '--source', recording));
    const other = items(await json(0, 'run', '--source', mirrored));
    let sure = 0;
    let partnered = 0;
    plain.forEach((frame, i) => {
      for (const { box, score, classId } of frame) {
        if (score < 0.5) continue;
        sure++;
        const image = { ...box, x: 1280 - box.x - box.width };
        if (other[i].some((o) => o.classId === classId && intersectionOverUnion(o.box, image) >= 0.8)) partnered++;
      }
    });
    expect(sure).toBeGreaterThan(200);
    expect(partnered / sure).toBeGreaterThanOrEqual(0.95);
  });
});

describe('the bundle', () => {
  it('is refused by sha256 when one weight byte was changed, also without the golden check', async () => {
    const flip = (weights: Uint8Array) => {
      weights[weights.length >> 1] ^= 1;
    };
    const bundle = changedBundle('flipped', flip, false);
    for (const extra of [[], ['--no-golden-check']]) {
      const { error } = await json(1, 'run', '--model', bundle, '--source', 'synthetic', '--frames', '2', ...extra);
      expect(error).toMatchObject({ code: 'ERR_MODEL_LOAD', expected: expect.stringContaining('sha256') });
    }
  });

  it('is refused by the golden sample when its weights are shuffled, and is worthless when that is overruled', async () => {
    const shuffle = (weights: Uint8Array) => expect(shuffleWeights(weights, 1)).toBeGreaterThan(10);
    const bundle = changedBundle('shuffled', shuffle, true);
    const run = ['run', '--model', bundle, '--source', 'synthetic', '--frames', '30'];
    const { error } = await json(1, ...run);
    expect(error).toMatchObject({ code: 'ERR_MODEL_LOAD', message: expect.stringContaining('golden sample') });
    const { accuracy, info } = await json(0, ...run, '--no-golden-check');
    expect(info.model.goldenCheck).toBe('skipped');
    expect(accuracy.map50).toBeLessThan(0.05);
  });
});
