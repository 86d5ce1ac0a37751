import { describe, expect, it } from 'vitest';
import { answer, type Ringing, readAnswers, readRingings, ringing } from '../../../src/host/ring/doorbell.node.js';

function join(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(parts.flatMap((part) => [...part]));
}

describe('the doorbell', () => {
  it.each([1, 3, 16, 17, 1000])('is understood however the stream is cut, here every %i bytes', (size) => {
    const rung: Ringing[] = [
      { call: 1, ringSlot: 0, engineSlot: 1 },
      { call: -5, ringSlot: 9, engineSlot: 0 },
      { call: 2 ** 31 - 1, ringSlot: 15, engineSlot: 1 },
    ];
    const answers = [new Uint8Array(0), new Uint8Array([1, 2, 3]), new Uint8Array(300).fill(7)];
    const [heard, read]: [Ringing[], [number, number[]][]] = [[], []];
    const hear = readRingings((message) => heard.push(message));
    const take = readAnswers((call, payload) => read.push([call, [...payload]]));
    const there = join(rung.map(ringing));
    const back = join(answers.map((payload, i) => answer(i - 1, payload)));
    for (let at = 0; at < there.length; at += size) hear(there.subarray(at, at + size));
    for (let at = 0; at < back.length; at += size) take(back.subarray(at, at + size));
    expect(heard).toEqual(rung);
    expect(read).toEqual(answers.map((payload, i) => [i - 1, [...payload]]));
  });

  it('refuses an answer whose length makes no sense', () => {
    const take = readAnswers(() => {});
    expect(() => take(new Uint8Array([255, 255, 255, 127, 0, 0, 0, 0]))).toThrow(/answer of a child/);
    expect(() => readAnswers(() => {})(new Uint8Array([255, 255, 255, 255, 0, 0, 0, 0]))).toThrow(/got -1/);
  });
});
