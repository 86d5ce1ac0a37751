import { describe, expect, it } from 'vitest';
import { KernelMemory } from '../../../src/kernels/kernel-memory.js';

const memoryOf = (limits: WebAssembly.MemoryDescriptor = { initial: 1 }, start = 100) =>
  new KernelMemory(new WebAssembly.Memory(limits), start);

describe('KernelMemory', () => {
  it('hands out zeroed, aligned blocks that do not overlap, above what the module uses', () => {
    const memory = memoryOf();
    const blocks = [1, 15, 16, 17, 100].map((size) => memory.allocate(size));
    blocks.forEach((block, i) => {
      expect(block.pointer % 16).toBe(0);
      expect(block.pointer).toBeGreaterThanOrEqual(100);
      expect(block.bytes.every((byte) => byte === 0)).toBe(true);
      block.bytes.fill(i + 1);
    });
    blocks.forEach((block, i) => {
      expect(block.bytes.every((byte) => byte === i + 1)).toBe(true);
    });
  });

  it('reuses closed blocks, zeroed, and joins neighbours', () => {
    const memory = memoryOf();
    const [a, b, c, d] = [0, 1, 2, 3].map(() => memory.allocate(1000));
    a.bytes.fill(9);
    b.close();
    a.close();
    c.close();
    const joined = memory.allocate(3000);
    expect(joined.pointer).toBe(a.pointer);
    expect(joined.bytes.every((byte) => byte === 0)).toBe(true);
    expect(memory.allocate(10).pointer).toBeLessThan(d.pointer + 1008 + 16);
  });

  it('grows only when nothing freed is large enough, and grows the last free block', () => {
    const memory = memoryOf();
    const first = memory.allocate(60_000);
    expect(memory.pages).toBe(1);
    first.close();
    const larger = memory.allocate(70_000);
    expect(larger.pointer).toBe(first.pointer);
    expect(memory.pages).toBe(2);
    for (let i = 0; i < 100; i++) memory.allocate(50_000).close();
    expect(memory.pages).toBe(2);
  });

  it('keeps blocks readable across growth, with one view per memory', () => {
    const memory = memoryOf();
    const block = memory.allocate(100);
    block.bytes.fill(7);
    const before = block.bytes;
    expect(block.bytes).toBe(before);
    memory.allocate(200_000);
    expect(before.byteLength).toBe(0);
    expect(block.bytes[99]).toBe(7);
  });

  it('refuses bad sizes, use after close, and growth beyond the limit', () => {
    const memory = new KernelMemory(new WebAssembly.Memory({ initial: 1, maximum: 16 }), 100, 2 ** 20);
    for (const size of [0, -1, 1.5, Number.NaN]) {
      expect(() => memory.allocate(size)).toThrow(expect.objectContaining({ code: 'ERR_ARGUMENT' }));
    }
    expect(() => memory.allocate(2 ** 21)).toThrow(
      expect.objectContaining({
        code: 'ERR_KERNEL',
        expected: 'frames, tensors and plans of at most 1 MiB together',
        received: '3 MiB',
        details: { status: 'OUT_OF_MEMORY', reason: 'too-large', bytes: 2 ** 21 + 112, limit: 2 ** 20 },
      }),
    );
    const block = memory.allocate(100);
    block.close();
    block.close();
    expect(() => block.bytes).toThrow(expect.objectContaining({ code: 'ERR_CLOSED' }));
    const [one, other] = [memory.allocate(100), memory.allocate(100)];
    expect(other.pointer).not.toBe(one.pointer);
  });
});
