import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isY4mFrameLine, parseY4mHeader, writeY4mFrame } from '../../../src/acquire/y4m-parser.js';
import { ReflexarcError } from '../../../src/core/error.js';

describe('parseY4mHeader', () => {
  it('reads size, rate, chroma and range', () => {
    expect(parseY4mHeader('YUV4MPEG2 W5 H3 F30000:1001 Ip A1:1 C420mpeg2 XYSCSS=420 XCOLORRANGE=FULL', 'a')).toEqual({
      width: 5,
      height: 3,
      rate: { numerator: 30000, denominator: 1001 },
      chroma: '420',
      fullRange: true,
      frameBytes: 15 + 2 * 3 * 2,
      format: 'RGB',
    });
  });

  it('takes 4:2:0 and limited range where nothing is said, and no rate from 0:0', () => {
    const header = parseY4mHeader('YUV4MPEG2 H2 W2 F0:0', 'a');
    expect(header).toMatchObject({ chroma: '420', fullRange: false, rate: undefined, frameBytes: 6 });
  });

  it.each([
    ['', 'YUV4MPEG2'],
    ['RIFF', 'YUV4MPEG2'],
    ['YUV4MPEG2 W2', 'W and H'],
    ['YUV4MPEG2 W0 H2', 'W from 1'],
    ['YUV4MPEG2 W2 H99999', 'H from 1'],
    ['YUV4MPEG2 W2 H-1', 'H from 1'],
    ['YUV4MPEG2 W2 H2 F30', 'a rate'],
  ])('refuses "%s"', (line, expected) => {
    expect(() => parseY4mHeader(line, 'a.y4m')).toThrowError(expected);
    expect(() => parseY4mHeader(line, 'a.y4m')).toThrowError(expect.objectContaining({ code: 'ERR_SOURCE' }));
  });

  it('lists what it supports for another chroma layout', () => {
    expect(() => parseY4mHeader('YUV4MPEG2 W2 H2 C420p10', 'a')).toThrowError(
      expect.objectContaining({ code: 'ERR_UNSUPPORTED', received: '"C420p10"', details: expect.anything() }),
    );
  });

  it('gives a header or one of our errors for any text', () => {
    const word = fc.oneof(
      fc.string(),
      fc.constantFrom('YUV4MPEG2', 'C420', 'C444', 'Cmono', 'F1:1', 'Ip'),
      fc.tuple(fc.constantFrom('W', 'H'), fc.integer()).map(([letter, n]) => `${letter}${n}`),
    );
    fc.assert(
      fc.property(fc.array(word), fc.boolean(), (words, magic) => {
        try {
          const header = parseY4mHeader((magic ? ['YUV4MPEG2', ...words] : words).join(' '), 'x');
          const bytes = header.frameBytes;
          return (
            bytes >= header.width * header.height &&
            bytes <= 3 * header.width * header.height + 2 * header.width + 2 * header.height + 2
          );
        } catch (error) {
          return error instanceof ReflexarcError;
        }
      }),
    );
  });
});

describe('isY4mFrameLine', () => {
  it('takes parameters, but no other word', () => {
    expect(['FRAME', 'FRAME Ip', 'FRAMES', 'frame', ''].map(isY4mFrameLine)).toEqual([true, true, false, false, false]);
  });
});

describe('writeY4mFrame', () => {
  it('gives black, white and gray where BT.601 has them', () => {
    const header = parseY4mHeader('YUV4MPEG2 W4 H1 C444', 'a');
    const target = new Uint8Array(12);
    writeY4mFrame(header, Uint8Array.of(16, 235, 126, 0, 128, 128, 128, 128, 128, 128, 128, 128), target);
    expect([...target]).toEqual([0, 0, 0, 255, 255, 255, 128, 128, 128, 0, 0, 0]);
  });
});
