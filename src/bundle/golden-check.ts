import { ModelLoadError, ShapeError } from '../core/error.js';
import type { ModelVariant } from '../core/manifest.js';
import type { Tensor, TensorDescriptor } from '../core/tensor.js';
import { float16Value } from '../kernels/reference/float16.js';

/**
 * Compares what a runtime says of a model with what its manifest says.
 * @throws {ShapeError} ERR_SHAPE on the first tensor whose name, type or shape differs.
 */
export function checkTensors(
  kind: 'input' | 'output',
  declared: readonly TensorDescriptor[],
  actual: readonly TensorDescriptor[],
): void {
  const text = (t: TensorDescriptor | undefined) => (t ? `${t.name} ${t.dataType} [${t.shape}]` : 'none');
  for (let i = 0; i < Math.max(declared.length, actual.length); i++) {
    const [want, have] = [declared[i], actual[i]];
    const same =
      want &&
      have &&
      want.name === have.name &&
      want.dataType === have.dataType &&
      want.shape.length === have.shape.length &&
      want.shape.every((size, axis) => size === have.shape[axis] || have.shape[axis] === -1 || size === -1);
    if (!same) {
      throw new ShapeError({
        subject: `model ${kind} ${i}`,
        expected: `${text(want)} (the manifest)`,
        received: `${text(have)} (the model)`,
        remedy: 'Correct model.json, or use the weights that it was written for.',
      });
    }
  }
}

/**
 * Compares outputs with the golden sample: |actual − expected| ≤ absolute + relative·|expected| for every element.
 * @param expected raw little-endian elements, one array of bytes per output.
 * @throws {ModelLoadError} ERR_MODEL_LOAD with the worst element; `details.check` is `golden`.
 */
export function checkGoldenOutputs(
  model: string,
  variant: ModelVariant,
  expected: readonly Uint8Array[],
  outputs: readonly Tensor[],
): void {
  const { absolute, relative } = variant.golden.tolerance;
  for (const [i, output] of outputs.entries()) {
    // Bundles hold the array type of the tensor, byte for byte; a copy aligns it.
    const bytes = expected[i].slice();
    const View = output.data.constructor as new (buffer: ArrayBuffer) => ArrayLike<number | bigint>;
    const want = new View(bytes.buffer);
    const element = output.dataType === 'float16' ? float16Value : Number;
    let worst = -1;
    let worstExcess = 0;
    for (let e = 0; e < want.length; e++) {
      const w = element(want[e] as number);
      const excess = Math.abs(element(output.data[e] as number) - w) - (absolute + relative * Math.abs(w));
      // Written so that a NaN counts as a difference.
      if (!(excess <= 0) && !(excess <= worstExcess)) {
        worst = e;
        worstExcess = Number.isNaN(excess) ? Number.POSITIVE_INFINITY : excess;
      }
    }
    if (worst >= 0) {
      const [w, got] = [element(want[worst] as number), element(output.data[worst] as number)];
      throw new ModelLoadError({
        subject: `golden sample of ${model}, output ${output.name}[${worst}]`,
        expected: `${w} ± ${absolute + relative * Math.abs(w)}`,
        received: String(got),
        remedy:
          'The weights, the preprocessing or the runtime compute something else than when the bundle was made. Get the bundle again, or try another runtime.',
        details: { check: 'golden', output: output.name, index: worst, expected: w, received: got },
      });
    }
  }
}
