import {
  bytesPerElement,
  elementCount,
  type Tensor,
  type TensorData,
  type TensorDataType,
  type TensorDescriptor,
  tensorArrays,
} from '../core/tensor.js';
import type { KernelBuffer } from './kernel-memory.js';

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
      const Elements: new (buffer: ArrayBufferLike, offset: number, length: number) => TensorData = tensorArrays[
        this.dataType
      ] as never;
      this.#view = new Elements(buffer, this.#buffer.pointer, this.#length);
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
