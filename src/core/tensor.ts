/** Element types of a tensor, WebNN's words. `float16` is carried as raw bits in a Uint16Array. */
export type TensorDataType = 'float32' | 'float16' | 'uint8' | 'int8' | 'int32' | 'int64';

/** The array that carries each element type. */
export type TensorData = Float32Array | Uint16Array | Uint8Array | Int8Array | Int32Array | BigInt64Array;

/** Makes the array that carries each element type. */
export const tensorArrays = {
  float32: Float32Array,
  float16: Uint16Array,
  uint8: Uint8Array,
  int8: Int8Array,
  int32: Int32Array,
  int64: BigInt64Array,
} as const;

/** Axis order of an image tensor. */
export type TensorLayout = 'nchw' | 'nhwc';

/** Bytes per element of each data type. */
export const bytesPerElement: Readonly<Record<TensorDataType, number>> = {
  float32: 4,
  float16: 2,
  uint8: 1,
  int8: 1,
  int32: 4,
  int64: 8,
};

/** Name, type and shape of a tensor. A dimension of −1 is free. */
export interface TensorDescriptor {
  name: string;
  dataType: TensorDataType;
  shape: readonly number[];
}

/** A tensor in CPU memory. `data` may be a view that is re-created when wasm memory grows: read it, don't keep it. */
export interface Tensor extends TensorDescriptor {
  readonly data: TensorData;
}

/** Number of elements of a shape; 1 for a scalar. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
