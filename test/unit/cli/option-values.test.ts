import { describe, expect, it } from 'vitest';
import * as value from '../../../src/cli/option-values.js';
import { UsageError } from '../../../src/cli/usage-error.js';

describe('option values', () => {
  it.each([
    ['60', 60_000],
    ['60s', 60_000],
    ['0.5', 500],
    ['500ms', 500],
    ['2m', 120_000],
    ['1h', 3_600_000],
    [' 3 s ', 3000],
  ])('reads a length of time: %s', (text, ms) => {
    expect(value.duration('--duration')(text)).toBe(ms);
  });

  it.each(['', '0', '-1', 'abc', '1d', '1e3', 'Infinity', '1 2'])('refuses a length of time: "%s"', (text) => {
    expect(() => value.duration('--duration')(text)).toThrow(UsageError);
  });

  it('names what an empty path should be', () => {
    expect(() => value.folder('--store')(' ')).toThrow('Expected a folder for --store');
    expect(() => value.file('--token-file')('')).toThrow('Expected a file for --token-file');
    expect(value.file('--token-file')('host.json')).toBe('host.json');
  });

  it('reads whole numbers inside their range, both ends included', () => {
    const threads = value.wholeNumber('--threads', 1, 64);
    expect([threads('1'), threads('64')]).toEqual([1, 64]);
    for (const text of ['0', '65', '1.5', '', ' ', 'x', '0x10', '1,000'])
      expect(() => threads(text)).toThrow(UsageError);
  });

  it('reads numbers between limits and above 0', () => {
    const unit = value.numberBetween('--score-threshold', 0, 1);
    expect([unit('0'), unit('.3'), unit('1e-2'), unit('1')]).toEqual([0, 0.3, 0.01, 1]);
    for (const text of ['-0.1', '1.01', 'NaN', '']) expect(() => unit(text)).toThrow(UsageError);
    expect(value.positiveNumber('--fps')('29.97')).toBe(29.97);
    expect(() => value.positiveNumber('--fps')('0')).toThrow(UsageError);
  });

  it('reads lists, runtimes, lines and sizes', () => {
    expect(value.list('--reject')('a, b')).toEqual(['a', 'b']);
    expect(() => value.list('--reject')('a,,b')).toThrow(UsageError);
    expect(value.runtimes('--runtime')('onnx-web')).toEqual(['onnx-web']);
    expect(() => value.runtimes('--runtime')('onnx-web,tensor')).toThrow(UsageError);
    expect(value.line('--line')('0.5,1,0.5,0')).toEqual({ from: { x: 0.5, y: 1 }, to: { x: 0.5, y: 0 } });
    for (const text of ['0.5,1,0.5', '1,1,1,1', 'a,b,c,d', '0,0,,1']) {
      expect(() => value.line('--line')(text)).toThrow(UsageError);
    }
    expect(value.size('--size')('640x480')).toEqual({ width: 640, height: 480 });
    for (const text of ['640', '63x480', '640x5000', '-640x480'])
      expect(() => value.size('--size')(text)).toThrow(UsageError);
  });

  it('says which option, what it takes and what came', () => {
    const caught = (() => {
      try {
        value.wholeNumber('--frames')('many');
      } catch (error) {
        return error;
      }
    })();
    expect(caught).toMatchObject({
      code: 'ERR_ARGUMENT',
      subject: '--frames',
      expected: 'a whole number from 1',
      received: '"many"',
    });
  });
});
