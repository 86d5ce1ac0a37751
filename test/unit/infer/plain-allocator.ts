import {
  elementCount,
  type Tensor,
  type TensorData,
  type TensorDataType,
  type TensorDescriptor,
} from '../../../src/core/tensor.js';
import type { TensorAllocator } from '../../../src/infer/runtime.js';

const arrays: Record<TensorDataType, (length: number) => TensorData> = {
  float32: (n) => new Float32Array(n),
  float16: (n) => new Uint16Array(n),
  uint8: (n) => new Uint8Array(n),
  int8: (n) => new Int8Array(n),
  int32: (n) => new Int32Array(n),
  int64: (n) => new BigInt64Array(n),
};

/** Tensors in ordinary JavaScript memory. */
export const plainAllocator: TensorAllocator = {
  allocateTensor(descriptor: TensorDescriptor): Tensor {
    return { ...descriptor, data: arrays[descriptor.dataType](elementCount(descriptor.shape)) };
  },
};
