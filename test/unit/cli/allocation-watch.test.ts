import { describe, expect, it } from 'vitest';
import { AllocationWatch } from '../../../src/cli/allocation-watch.js';

describe('allocation watch', () => {
  it('counts what allocates, and no views', () => {
    const original = Uint8Array;
    const buffer = new ArrayBuffer(16);
    using watch = new AllocationWatch('test/unit/cli');
    const made = new Float32Array(4);
    made.slice(0, 2);
    buffer.slice(8);
    new SharedArrayBuffer(4);
    new Uint8Array([1, 2]);
    expect(watch.counts).toEqual({ own: 5, runtime: 0, other: 0 });
    expect(watch.bytes.own).toBe(16 + 8 + 8 + 4 + 2);
    expect(watch.firstOwn).toContain('allocation-watch.test');
    new Uint8Array(buffer, 4);
    new DataView(buffer);
    made.subarray(1);
    expect(watch.counts.own).toBe(5);
    // Nobody can tell the difference.
    expect(made).toBeInstanceOf(Float32Array);
    expect(new Uint8Array(1).constructor).toBe(original);
    watch.reset();
    expect(watch.counts.own).toBe(0);
    expect(watch.firstOwn).toBeUndefined();
  });

  it('tells apart who made it', () => {
    using watch = new AllocationWatch('a path that nobody has');
    new Uint8Array(3);
    expect(watch.counts).toEqual({ own: 0, runtime: 0, other: 1 });
  });

  it('gives everything back', () => {
    const before = [globalThis.Uint8Array, ArrayBuffer.prototype.slice];
    new AllocationWatch('x')[Symbol.dispose]();
    expect([globalThis.Uint8Array, ArrayBuffer.prototype.slice]).toEqual(before);
  });
});
