import { ModelLoadError } from '../../core/error.js';
import type { TensorDataType, TensorDescriptor } from '../../core/tensor.js';
import type { OrtLibrary, Pointer } from './ort-library.node.js';

/** `ONNXTensorElementDataType` of each data type. @source onnxruntime_c_api.h */
export const elementTypes: Readonly<Record<TensorDataType, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  float16: 10,
};

const elementNames = [
  'no tensor',
  ...['float32', 'uint8', 'int8', 'uint16', 'int16', 'int32', 'int64', 'string', 'bool', 'float16', 'float64'],
  ...['uint32', 'uint64', 'complex64', 'complex128', 'bfloat16'],
];

/** An input or output as the model declares it. */
export interface ModelValue extends TensorDescriptor {
  /** Name of each dimension; empty where it has none. */
  symbols: readonly string[];
}

/**
 * Inputs or outputs of an open model, in its order. @param side which of them. @param model its name, for messages.
 * @throws {ModelLoadError} ERR_MODEL_LOAD one has a type that tensors here cannot carry.
 */
export function readModelValues(
  ort: OrtLibrary,
  session: Pointer,
  side: 'Input' | 'Output',
  model: string,
): ModelValue[] {
  const count = Number(ort.make(`SessionGet${side}Count`, session));
  return Array.from({ length: count }, (_, index) => {
    const name = ort.takeText(`SessionGet${side}Name`, session, index, ort.allocator);
    const type = ort.make(`SessionGet${side}TypeInfo`, session, index);
    try {
      // Null where the value is a sequence or a map.
      const tensor = ort.make('CastTypeInfoToTensorInfo', type);
      const element = tensor ? ort.number('GetTensorElementType', tensor) : 0;
      const dataType = (Object.keys(elementTypes) as TensorDataType[]).find((key) => elementTypes[key] === element);
      if (!dataType) throw unknownType(`${model}: ${side.toLowerCase()} ${name}`, element);
      const shape = readShape(ort, tensor);
      return { name, dataType, shape, symbols: readSymbols(ort, tensor, shape.length) };
    } finally {
      ort.functions.ReleaseTypeInfo(type);
    }
  });
}

/** Shape of a value. @param info its `OrtTensorTypeAndShapeInfo`; not freed. */
export function readShape(ort: OrtLibrary, info: Pointer): number[] {
  const sizes = new BigInt64Array(Number(ort.make('GetDimensionsCount', info)));
  if (sizes.length > 0) ort.do('GetDimensions', info, sizes, sizes.length);
  return Array.from(sizes, Number);
}

function readSymbols(ort: OrtLibrary, info: Pointer, count: number): string[] {
  const symbols = new BigUint64Array(count);
  if (count > 0) ort.do('GetSymbolicDimensions', info, symbols, count);
  return Array.from(symbols, (at) => (at ? ort.text(at) : ''));
}

function unknownType(subject: string, element: number): ModelLoadError {
  return new ModelLoadError({
    subject,
    expected: `a tensor of ${Object.keys(elementTypes).join(', ')}`,
    received: elementNames[element] ?? `element type ${element}`,
    remedy: 'Export the model with one of these types at its border, e.g. by a Cast node.',
  });
}

/**
 * Fills free dimensions of outputs that bear the name of an input's dimension. `?` is what some exporters write for
 * no name, and a name that stands for two sizes tells nothing; such dimensions stay free.
 * @param declared inputs as the model has them. @param settled the same with their sizes.
 */
export function settleOutputs(
  outputs: readonly ModelValue[],
  declared: readonly ModelValue[],
  settled: readonly TensorDescriptor[],
): TensorDescriptor[] {
  const sizes = new Map<string, number>([
    ['', -1],
    ['?', -1],
  ]);
  declared.forEach(({ symbols }, input) => {
    symbols.forEach((symbol, axis) => {
      const size = settled[input].shape[axis];
      sizes.set(symbol, (sizes.get(symbol) ?? size) === size ? size : -1);
    });
  });
  return outputs.map(({ name, dataType, shape, symbols }) => ({
    name,
    dataType,
    shape: shape.map((size, axis) => (size === -1 ? (sizes.get(symbols[axis]) ?? -1) : size)),
  }));
}
