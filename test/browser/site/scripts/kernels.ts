import { sha256 } from '../../../../src/bundle/sha256.js';
import type { KernelTier } from '../../../../src/core/kernel-tier.js';
import { tensorArrays } from '../../../../src/core/tensor.js';
import { type LoadWebKernelsOptions, loadKernels } from '../../../../src/kernels/load-kernels.web.js';
import { Nms } from '../../../../src/kernels/nms.js';
import { openPictureKernel } from '../../../../src/kernels/picture-kernel.js';
import { nmsCases } from '../../../conformance/nms-cases.js';
import { outputLength } from '../../../conformance/picture-case.js';
import { pictureCases } from '../../../conformance/picture-cases.js';

/** What a tier made of the conformance table. */
export interface ConformanceAnswer {
  tier: KernelTier;
  /** SHA-256 of the tensor of each picture case, by id. */
  pictures: Record<string, string>;
  /** Indices that each suppression kept, by id. */
  suppressions: Record<string, number[]>;
}

/** Runs the whole table on one tier. */
export async function conformance(tier: KernelTier): Promise<ConformanceAnswer> {
  const kernels = await loadKernels({ tier });
  const answer: ConformanceAnswer = { tier: kernels.tier, pictures: {}, suppressions: {} };
  for (const { id, plan, source } of pictureCases()) {
    const kernel = openPictureKernel(kernels, plan);
    const output = new tensorArrays[plan.dataType](outputLength(plan)).fill(1);
    kernel.run(source, output);
    kernel.close();
    answer.pictures[id] = await sha256(new Uint8Array(output.buffer));
  }
  for (const each of nmsCases()) {
    using nms = new Nms(kernels, Math.max(1, each.scores.length));
    nms.boxes.set(each.boxes);
    nms.scores.set(each.scores);
    nms.classes.set(each.classes);
    answer.suppressions[each.id] = Array.from(nms.kept.subarray(0, nms.run(each.scores.length, each)));
  }
  return answer;
}

/** Loads the kernels and says which tier there is. `wasmFrom` is fetched and given as bytes or as a compiled module. */
export async function load(
  options: LoadWebKernelsOptions = {},
  wasmFrom?: { url: string; as: 'bytes' | 'module' },
): Promise<KernelTier> {
  if (!wasmFrom) return (await loadKernels(options)).tier;
  const bytes = await (await fetch(wasmFrom.url)).arrayBuffer();
  const wasmBinary = wasmFrom.as === 'bytes' ? bytes : await WebAssembly.compile(bytes);
  return (await loadKernels({ ...options, wasmBinary })).tier;
}
