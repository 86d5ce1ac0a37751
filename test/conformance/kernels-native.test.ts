import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type PixelFormat, pixelFormats } from '../../src/core/pixel-format.js';
import { resampleFilters } from '../../src/core/resample-filter.js';
import { encodeNmsCase, encodePictureCase } from '../../src/kernels/check-case.js';
import { referenceNms } from '../../src/kernels/reference/nms.js';
import { describeWith } from '../assets.js';
import { sequenceCases, sequenceOracle } from './background-cases.js';
import { kernelDrivers } from './kernel-paths.js';
import { nmsCases } from './nms-cases.js';
import { oracle } from './picture-case.js';
import { pictureCases } from './picture-cases.js';
import { seed } from './random-numbers.js';
import { warpCases } from './warp-cases.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const report = JSON.parse(execFileSync('node', ['native/build.mjs'], { cwd: root, encoding: 'utf8' })) as {
  built: Record<string, string>;
  skipped: Record<string, string>;
};
const haveEmulator = process.arch === 'arm64' || spawnSync('qemu-aarch64', ['--version']).status === 0;
const only = process.env.REFLEXARC_CASE;
const pictures = [...pictureCases(), ...warpCases()].filter(({ id }) => !only || id.includes(only));
const sequences = sequenceCases().filter(({ id }) => !only || id.includes(only));
const suppressions = nmsCases().filter(({ id }) => !only || id.includes(only));

function runDriver(name: string, tier: number, input: Uint8Array): Buffer {
  const emulated = name === 'neon' && process.arch !== 'arm64';
  const [command, ...before] = emulated ? ['qemu-aarch64', report.built[name]] : [report.built[name]];
  const { status, stdout, stderr } = spawnSync(command, [...before, String(tier)], {
    input,
    maxBuffer: 2 ** 30,
    env: { ...process.env, UBSAN_OPTIONS: 'print_stacktrace=1' },
  });
  expect(status, stderr.toString()).toBe(0);
  return stdout;
}

for (const { build: name, tier, title } of kernelDrivers) {
  const reason = report.skipped[name] ?? (name === 'neon' && !haveEmulator ? 'qemu-aarch64 to run it' : undefined);
  describeWith(`${title} gives the oracle's bits (seed ${seed})`, reason === undefined, reason ?? '', () => {
    it(`for ${pictures.length} pictures, every buffer of exactly its size`, () => {
      const stdout = runDriver(
        name,
        tier,
        Buffer.concat(pictures.map(({ plan, source }) => encodePictureCase(plan, source))),
      );
      let at = 0;
      for (const { id, plan, source } of pictures) {
        const expected = oracle(plan, source);
        expect(Buffer.compare(stdout.subarray(at, at + expected.byteLength), expected), id).toBe(0);
        at += expected.byteLength;
      }
      expect(stdout.byteLength).toBe(at);
    });

    it(`for ${sequences.length} sequences of frames before a background`, () => {
      const stdout = runDriver(
        name,
        tier,
        Buffer.concat(sequences.map(({ plan, frames }) => encodePictureCase(plan, ...frames))),
      );
      let at = 0;
      for (const each of sequences) {
        const expected = sequenceOracle(each);
        expect(Buffer.compare(stdout.subarray(at, at + expected.byteLength), expected), each.id).toBe(0);
        at += expected.byteLength;
      }
      expect(stdout.byteLength).toBe(at);
    });

    it(`for ${suppressions.length} suppressions`, () => {
      const inputs = suppressions.map((each) => encodeNmsCase(each.boxes, each.scores, each.classes, each));
      const stdout = runDriver(name, tier, Buffer.concat(inputs));
      const results = new Int32Array(Uint8Array.from(stdout).buffer);
      let at = 0;
      for (const each of suppressions) {
        const count = each.scores.length;
        const kept = new Int32Array(count);
        const topK = Math.min(each.topK, count);
        const found = referenceNms(
          each,
          count,
          each.iouThreshold,
          each.scoreThreshold,
          topK,
          kept,
          new Int32Array(count),
        );
        expect(Array.from(results.subarray(at, at + 1 + found)), each.id).toEqual([found, ...kept.subarray(0, found)]);
        at += 1 + found;
      }
      expect(results.length).toBe(at);
    });
  });
}

describe('the conformance table', () => {
  it('has pictures of every format, filter and output', () => {
    const kinds = new Set(
      pictureCases()
        .filter(({ plan: p }) => p.channels === 3 && !p.quantization)
        .map(({ plan: p }) => [p.source.format, p.filter, p.layout, p.dataType, p.colorOrder].join()),
    );
    const formats = Object.keys(pixelFormats) as PixelFormat[];
    expect(kinds.size).toBe(formats.length * resampleFilters.length * 2 * 3 * 2);
  });

  it('has pictures of every format in gray of every type, and in both types of whole numbers, quantised', () => {
    const kinds = new Set(
      pictureCases()
        .filter(({ plan: p }) => p.channels === 1 || p.quantization)
        .map(({ plan: p }) => [p.source.format, p.dataType, p.quantization ? 'quantised' : '', p.colorOrder].join()),
    );
    expect(kinds.size).toBe(Object.keys(pixelFormats).length * (3 + 2 * 3));
  });
});
