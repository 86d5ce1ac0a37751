import {
  bytesPerElement,
  elementCount,
  type Tensor,
  type TensorData,
  type TensorDataType,
  type TensorDescriptor,
} from '../core/tensor.js';
import type { KernelBuffer } from './kernel-memory.js';

const arrays: Record<TensorDataType, new (buffer: ArrayBufferLike, offset: number, length: number) => TensorData> = {
  float32: Float32Array,
  float16: Uint16Array,
  uint8: Uint8Array,
  int8: Int8Array,
  int32: Int32Array,
  int64: BigInt64Array,
};

/** Bytes of a tensor with this data type and shape; at least 1, so that an empty tensor has an address. */
export function tensorBytes(descriptor: TensorDescriptor): number {
  return Math.max(1, elementCount(descriptor.shape) * bytesPerElement[descriptor.dataType]);
}

/** A tensor in kernel memory: kernels write it in place. Owns its block until `close()`. */
export class KernelTensor implements Tensor {
  readonly name: string;
  readonly dataType: TensorDataType;
  readonly shape: readonly number[];
  readonly #buffer: KernelBuffer;
  readonly #length: number;
  #view: TensorData | undefined;

  constructor(descriptor: TensorDescriptor, buffer: KernelBuffer) {
    this.name = descriptor.name;
    this.dataType = descriptor.dataType;
    this.shape = descriptor.shape;
    this.#buffer = buffer;
    this.#length = elementCount(descriptor.shape);
  }

  /** Address in kernel memory. */
  get pointer(): number {
    return this.#buffer.pointer;
  }

  /** The elements; a new view only after the memory grew. @throws {ClosedError} ERR_CLOSED */
  get data(): TensorData {
    const { buffer } = this.#buffer.bytes;
    if (this.#view?.buffer !== buffer) {
      this.#view = new arrays[this.dataType](buffer, this.#buffer.pointer, this.#length);
    }
    return this.#view;
  }

  close(): void {
    this.#view = undefined;
    this.#buffer.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
