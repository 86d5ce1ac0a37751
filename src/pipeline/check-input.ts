import { ShapeError } from '../core/error.js';
import { type PreprocessSpec, preprocessedShape } from '../core/preprocess-spec.js';
import type { TensorDescriptor } from '../core/tensor.js';

/**
 * Compares the tensor that preprocessing makes with the one that the model takes, once, before any frame.
 * @throws {ShapeError} ERR_SHAPE another shape or element type.
 */
export function checkInput(spec: PreprocessSpec, { name, dataType, shape }: TensorDescriptor): void {
  const made = preprocessedShape(spec);
  if (spec.dataType === dataType && made.length === shape.length && made.every((size, axis) => size === shape[axis])) {
    return;
  }
  throw new ShapeError({
    subject: `preprocessing for input ${name}`,
    expected: `${dataType} [${shape.join(', ')}]`,
    received: `${spec.dataType} [${made.join(', ')}]`,
    remedy: 'Set width, height, layout, colorOrder and dataType of the preprocessing to those of the model.',
  });
}
