import { ShapeError } from '../core/error.js';
import type { TensorDescriptor } from '../core/tensor.js';
import type { OpenOptions } from './runtime.js';

/**
 * Fills the free dimensions of an input: from `shapes` by name, or under `*`; a free first dimension alone is a batch of 1.
 * @param model its name, for messages.
 * @throws {ShapeError} ERR_SHAPE a free dimension has no size, or the shape given is another one than the model's.
 */
export function settleShape(
  input: TensorDescriptor,
  model: string,
  shapes: OpenOptions['inputShapes'] = {},
): TensorDescriptor {
  const { name, shape } = input;
  if (!shape.includes(-1)) return input;
  const given = shapes[name] ?? shapes['*'] ?? [1, ...shape.slice(1)];
  const fits = given.length === shape.length && shape.every((size, axis) => size === -1 || size === given[axis]);
  if (!fits || given.some((size) => !Number.isInteger(size) || size < 1)) {
    const free = shape.flatMap((size, axis) => (size === -1 ? [axis] : []));
    throw new ShapeError({
      subject: `${model}: input ${name} [${shape.map((size) => (size === -1 ? '?' : size)).join(', ')}]`,
      expected: `a size for each free dimension (axis ${free.join(', ')})`,
      received: shapes[name] || shapes['*'] ? `[${given.join(', ')}]` : 'none',
      remedy: 'Give the width and height of the input, or export the model with a fixed shape.',
      details: { input: name, shape, freeAxes: free },
    });
  }
  return { ...input, shape: given };
}
