import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { selectBenchCases } from '../../../src/cli/bench-case.js';
import {
  type BenchPeer,
  type BenchPeersOptions,
  benchPeers,
  choosePeers,
  findPython,
  peers,
} from '../../../src/cli/bench-peers.node.js';
import type { Kernels } from '../../../src/kernels/kernels.js';
import { loadKernels } from '../../../src/kernels/load-kernels.node.js';

const program = fileURLToPath(new URL('../../fixtures/peers/bilinear-peer.mjs', import.meta.url));
const small = 'rgba-64x48-letterbox-bilinear-32-f32-nchw';

function peer(mode: string): BenchPeer {
  const command = [process.execPath, program, mode];
  return { name: mode, command, install: 'npm install it', tolerance: () => ({ most: 2, mean: 1 }) };
}

let options: BenchPeersOptions;
let kernels: Kernels;
beforeAll(async () => {
  kernels = await loadKernels({ tier: 'wasm-simd' });
  options = { kernels: [kernels], samples: 3 };
});

describe('benchPeers', () => {
  it('times a library whose tensor is near enough, against each tier', async () => {
    const reference = await loadKernels({ tier: 'reference' });
    const both = { ...options, kernels: [kernels, reference] };
    const rows = await benchPeers([peer('right')], selectBenchCases([small]), both);
    expect(rows).toHaveLength(2);
    for (const row of rows) {
      if (!('speedup' in row)) throw new Error(JSON.stringify(row));
      expect(row).toMatchObject({ case: small, peer: 'right', version: '1.2.3', n: 3 });
      expect(row.medianMs).toBeGreaterThan(0);
      expect(row.ownMedianMs).toBeGreaterThan(0);
      const [low, high] = row.speedupInterval;
      expect(low).toBeLessThanOrEqual(row.speedup);
      expect(high).toBeGreaterThanOrEqual(row.speedup);
      // Its result is not rounded to 8 bits: up to half a step, and a little for weights of 11 bits.
      expect(row.difference.most).toBeGreaterThan(0.2);
      expect(row.difference.most).toBeLessThan(1);
    }
    expect(rows.map((row) => 'path' in row && row.path)).toEqual(['wasm-simd', 'reference']);
  });

  it('refuses a wrong tensor, and one of another size, with the reason', async () => {
    const results = await benchPeers([peer('wrong'), peer('short')], selectBenchCases([small]), options);
    expect(results).toEqual([
      expect.objectContaining({
        case: small,
        peer: 'wrong',
        version: '1.2.3',
        refused: expect.stringContaining('allowed are 2 at most'),
      }),
      expect.objectContaining({ case: small, peer: 'short', refused: 'its tensor has 12276 bytes of 12288' }),
    ]);
    expect(results.some((each) => 'medianMs' in each)).toBe(false);
  });

  it('names a library that is not there once, with how to have it', async () => {
    const cases = selectBenchCases([small, 'rgba-60x44-letterbox-bilinear-32-f32-nchw']);
    const done: number[] = [];
    const results = await benchPeers([peer('missing')], cases, { ...options, onDone: (count) => done.push(count) });
    expect(results).toEqual([
      { peer: 'missing', skipped: 'no-such-package-at-all is not installed; to have it: npm install it' },
    ]);
    expect(done.reduce((sum, count) => sum + count, 0)).toBe(2);
  });

  it('names a program that does not start, and programs that the package does not hold', async () => {
    const absent = { ...peer('absent'), command: ['/no/such/python', program] };
    const unpublished = { ...peer('unpublished'), command: [process.execPath, '/no/such/peer.mjs'] };
    const results = await benchPeers([absent, unpublished], selectBenchCases([small]), options);
    expect(results).toEqual([
      { peer: 'absent', skipped: expect.stringMatching(/does not start: .*ENOENT.*; to have it: npm install it/) },
      { peer: 'unpublished', skipped: expect.stringContaining('not in the installed package') },
    ]);
  });

  it('goes on with the next case after a library died in the midst of one', async () => {
    const names = [64, 60, 56, 52, 48].map((width) => `rgba-${width}x44-letterbox-bilinear-32-f32-nchw`);
    const results = await benchPeers([peer('dies-in-third')], selectBenchCases(names), options);
    expect(results.map((each) => [each.case, 'speedup' in each])).toEqual([
      [names[0], true],
      [names[1], true],
      [names[2], false],
      [names[3], true],
      [names[4], true],
    ]);
    expect(results[2]).toMatchObject({ peer: 'dies-in-third', failed: expect.stringMatching(/^it ended with 1: /) });
  });

  it('says why a library failed, could not do a case, gave no answer or talked out of turn', async () => {
    const chosen = ['dies', 'unsupported', 'hangs'].map(peer);
    const results = await benchPeers(chosen, selectBenchCases([small]), { ...options, timeoutMs: 2000 });
    expect(results[0]).toMatchObject({ peer: 'dies', case: small, failed: expect.stringContaining('ended with 1') });
    expect(results[1]).toEqual({ peer: 'unsupported', case: small, version: '1.2.3', skipped: 'it has had enough' });
    expect(results[2]).toMatchObject({ peer: 'hangs', failed: expect.stringContaining('no answer within 2 s') });
    const [babble] = await benchPeers([peer('babbles')], selectBenchCases([small]), options);
    expect(babble).toMatchObject({ skipped: expect.stringContaining('no message: Welcome!') });
    const [half] = await benchPeers([peer('right')], selectBenchCases([small.replace('f32', 'f16')]), options);
    expect(half).toMatchObject({ skipped: 'it makes no float16' });
  });

  it('ends with the reason of the signal while a library is silent', async () => {
    const reason = new Error('enough');
    const controller = new AbortController();
    setTimeout(() => controller.abort(reason), 500);
    const work = benchPeers([peer('hangs')], selectBenchCases([small]), { ...options, signal: controller.signal });
    await expect(work).rejects.toBe(reason);
  });

  it('times sharp itself', async () => {
    const results = await benchPeers(
      choosePeers(['sharp']),
      selectBenchCases(['rgba-320x240-letterbox-bilinear-96-f32-nchw']),
      {
        ...options,
        samples: 2,
      },
    );
    expect(results).toEqual([
      expect.objectContaining({ peer: 'sharp', path: 'wasm-simd', n: 2, version: expect.stringMatching(/^0\./) }),
    ]);
  });
});

describe('choosePeers', () => {
  it('takes names, none, or all', () => {
    expect(choosePeers()).toEqual(peers);
    expect(choosePeers(['none'])).toEqual([]);
    expect(choosePeers(['sharp', 'opencv']).map(({ name }) => name)).toEqual(['opencv', 'sharp']);
    expect(() => choosePeers(['imagemagick'])).toThrow(/one of|some of opencv, .*sharp/);
    expect(() => choosePeers(['none', 'sharp'])).toThrow(expect.objectContaining({ code: 'ERR_ARGUMENT' }));
  });
});

describe('findPython', () => {
  it('takes the one that is named', () => {
    expect(findPython('/opt/python')).toBe('/opt/python');
    expect(findPython('')).toMatch(/python3?$/);
  });
});
