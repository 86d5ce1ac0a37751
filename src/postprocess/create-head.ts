import type { HeadSpec } from '../core/manifest.js';
import type { TensorDescriptor, TensorLayout } from '../core/tensor.js';
import type { Kernels } from '../kernels/kernels.js';
import { createClassificationHead } from './classification-head.js';
import type { Head, HeadLimits } from './head.js';
import { createYoloxHead } from './yolox-head.js';

/** What a head must know of the model whose outputs it reads. */
export interface HeadContext {
  /** The model's input, shape without free dimensions. */
  input: TensorDescriptor;
  layout: TensorLayout;
  outputs: readonly TensorDescriptor[];
  /** Names of the classes, by classId. */
  labels: readonly string[];
  limits: HeadLimits;
  /** Memory and suppression. */
  kernels: Kernels;
}

type HeadFactory<Type extends HeadSpec['type']> = (
  spec: Extract<HeadSpec, { type: Type }>,
  context: HeadContext,
) => Head;

/** The one list of heads. */
const factories: { [Type in HeadSpec['type']]: HeadFactory<Type> } = {
  yolox: createYoloxHead,
  classification: createClassificationHead,
};

/**
 * The head that a manifest or preset names, fitted to a model. Its memory is the kernels' and goes with them.
 * @throws {ShapeError} ERR_SHAPE where the model's outputs or the number of labels do not fit it.
 */
export function createHead(spec: HeadSpec, context: HeadContext): Head {
  // The table's type ties each factory to its own spec; TypeScript cannot follow that through the index.
  return (factories[spec.type] as HeadFactory<typeof spec.type>)(spec as never, context);
}
