import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { isNativeTier, kernelTiers, portableKernelTiers } from '../../../src/core/kernel-tier.js';
import { compiledMemoryLimit } from '../../../src/kernels/kernel-memory.js';
import { loadKernels } from '../../../src/kernels/load-kernels.js';
import { loadKernels as loadNodeKernels } from '../../../src/kernels/load-kernels.node.js';
import { describeEachTier } from '../../kernel-tiers.js';
import { nativeLibrary } from '../../native-library.js';

const artifactUrl = new URL('../../../wasm/kernels.wasm', import.meta.url);
const artifact = readFileSync(artifactUrl);

describe('loadKernels', () => {
  it('takes the fastest tier for auto, and any tier that is named', async () => {
    expect((await loadNodeKernels()).tier).toBe(nativeLibrary ? 'native-simd' : 'wasm-simd');
    for (const tier of kernelTiers) {
      if (isNativeTier(tier) && !nativeLibrary) continue;
      expect((await loadNodeKernels({ tier })).tier).toBe(tier);
    }
  });

  it('says which file the code came from', async () => {
    const wasm = await loadNodeKernels({ tier: 'wasm-scalar' });
    expect(wasm.info).toMatchObject({ tier: 'wasm-scalar', file: fileURLToPath(artifactUrl), nativeProblem: null });
    expect((await loadNodeKernels({ tier: 'reference' })).info.file).toBeNull();
    expect((await loadKernels(artifact)).info).toEqual({ tier: 'wasm-simd', file: null, nativeProblem: null });
  });

  it('takes bytes or a compiled module, each instance with memory of its own', async () => {
    const [a, b] = [await loadKernels(artifact), await loadKernels(new WebAssembly.Module(artifact))];
    expect(a.memory).not.toBe(b.memory);
    expect(a.tier).toBe('wasm-simd');
  });

  it('has memory that ends where its errors say', async () => {
    const { memory } = await loadKernels(artifact);
    const pages = compiledMemoryLimit / 65536;
    memory.grow(pages - memory.buffer.byteLength / 65536);
    expect(() => memory.grow(1)).toThrow(RangeError);
  });

  it('takes the TypeScript tier for auto where there is no artifact, and refuses a wasm tier there', async () => {
    expect((await loadKernels(undefined)).tier).toBe('reference');
    await expect(loadKernels(undefined, { tier: 'wasm-simd' })).rejects.toMatchObject({ code: 'ERR_UNSUPPORTED' });
  });

  it('refuses unknown tiers and what are not its kernels', async () => {
    await expect(loadKernels(artifact, { tier: 'avx' as never })).rejects.toMatchObject({
      code: 'ERR_UNSUPPORTED',
      details: { supported: ['auto', ...kernelTiers] },
    });
    for (const tier of ['native-simd', 'native-scalar'] as const) {
      await expect(loadKernels(artifact, { tier })).rejects.toMatchObject({
        code: 'ERR_UNSUPPORTED',
        details: { supported: ['auto', ...portableKernelTiers] },
      });
    }
    await expect(loadKernels(new Uint8Array([1, 2, 3]))).rejects.toMatchObject({ code: 'ERR_KERNEL' });
    const stranger = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0);
    await expect(loadKernels(stranger)).rejects.toMatchObject({ code: 'ERR_KERNEL' });
  });
});

describeEachTier(
  (tier) => `Kernels on ${tier}`,
  (tier) => {
    it('allocate tensors of every data type', async () => {
      const kernels = await loadNodeKernels({ tier });
      const carriers = {
        float32: Float32Array,
        float16: Uint16Array,
        uint8: Uint8Array,
        int8: Int8Array,
        int32: Int32Array,
        int64: BigInt64Array,
      } as const;
      for (const dataType of Object.keys(carriers) as (keyof typeof carriers)[]) {
        using tensor = kernels.allocateTensor({ name: 'x', dataType, shape: [2, 3] });
        expect(tensor.data).toBeInstanceOf(carriers[dataType]);
        expect(tensor.data.length).toBe(6);
        expect(tensor.data.buffer).toBe(kernels.memory.buffer);
      }
      expect(() => kernels.allocateTensor({ name: 'x', dataType: 'int8', shape: [-1, 3] })).toThrow(
        expect.objectContaining({ code: 'ERR_ARGUMENT' }),
      );
    });

    it('keep one view per tensor until the memory grows', async () => {
      const kernels = await loadNodeKernels({ tier });
      const tensor = kernels.allocateTensor({ name: 'x', dataType: 'float32', shape: [4] });
      const { data } = tensor;
      (data as Float32Array).set([1, 2, 3, 4]);
      expect(tensor.data).toBe(data);
      kernels.allocate(kernels.memoryBytes);
      expect(Array.from(tensor.data as Float32Array)).toEqual([1, 2, 3, 4]);
      tensor.close();
      expect(() => tensor.data).toThrow(expect.objectContaining({ code: 'ERR_CLOSED' }));
    });

    it('copy within kernel memory', async () => {
      const kernels = await loadNodeKernels({ tier });
      const [a, b] = [kernels.allocate(10), kernels.allocate(10)];
      a.bytes.fill(3);
      kernels.copy(b.pointer, a.pointer, 9);
      expect(Array.from(b.bytes)).toEqual([3, 3, 3, 3, 3, 3, 3, 3, 3, 0]);
    });
  },
);
