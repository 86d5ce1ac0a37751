import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodePicture } from '../../../src/acquire/decode-picture.node.js';
import { ReflexarcError } from '../../../src/core/error.js';

const folder = fileURLToPath(new URL('../../fixtures/pictures', import.meta.url));
// Of a text, the last number can lose digits unseen: text.pgm and text.ppm are left out below.
const good = readdirSync(folder).filter(
  (name) => !/\.(py|json)$|^(truncated|corrupt|empty|text\.jpg|vector|float)/.test(name),
);

async function decode(bytes: Uint8Array): Promise<string> {
  let pixels = new Uint8Array();
  let size = '';
  await decodePicture(bytes, 'x', (width, height) => {
    size = `${width}x${height}`;
    pixels = new Uint8Array(width * height * 3);
    return pixels;
  });
  return `${size} ${Buffer.from(pixels).toString('base64')}`;
}

async function outcome(bytes: Uint8Array): Promise<string> {
  try {
    return await decode(bytes);
  } catch (error) {
    if (error instanceof ReflexarcError && error.code === 'ERR_SOURCE') return 'refused';
    throw error;
  }
}

describe('a picture that is cut off', () => {
  it.each(good.filter((name) => !/^text\.p[gp]m$/.test(name)))(
    '%s is whole or refused, never in part',
    async (name) => {
      const bytes = readFileSync(join(folder, name));
      const whole = await decode(bytes);
      const step = Math.max(1, Math.floor(bytes.length / 60));
      for (let length = bytes.length - 1; length >= 0; length -= length > bytes.length - 20 ? 1 : step) {
        const part = await outcome(bytes.subarray(0, length));
        expect(part === 'refused' || part === whole, `${length} of ${bytes.length} bytes`).toBe(true);
      }
    },
  );
});

describe('a picture of any bytes', () => {
  const heads = [
    'BM',
    'P1 ',
    'P2 ',
    'P3\n',
    'P4 ',
    'P5 3 2 255\n',
    'P6 2 2 65535\n',
    '\x89PNG\r\n\x1a\n',
    '\xff\xd8\xff',
    'GIF89a',
    '',
  ];

  it('is decoded or refused with one of our errors', async () => {
    const bytes = fc
      .tuple(fc.constantFrom(...heads), fc.uint8Array({ maxLength: 120 }))
      .map(([head, tail]) => Buffer.concat([Buffer.from(head, 'latin1'), tail]));
    await fc.assert(
      fc.asyncProperty(bytes, async (data) => {
        await outcome(data);
      }),
      { numRuns: 300 },
    );
  });

  it('is decoded or refused when a few bytes of a good one differ', async () => {
    const files = good.filter((name) => /bmp|p.m$/.test(name)).map((name) => readFileSync(join(folder, name)));
    const changed = fc
      .tuple(fc.constantFrom(...files), fc.array(fc.tuple(fc.nat(80), fc.nat(255)), { minLength: 1, maxLength: 4 }))
      .map(([file, changes]) => {
        const copy = Uint8Array.from(file);
        for (const [at, value] of changes) copy[Math.min(at, copy.length - 1)] = value;
        return copy;
      });
    await fc.assert(
      fc.asyncProperty(changed, async (data) => {
        await outcome(data);
      }),
      { numRuns: 500 },
    );
  });
});
