import { InvalidArgumentError } from '../../core/error.js';
import {
  bytesPerElement,
  elementCount,
  type Tensor,
  type TensorData,
  type TensorDescriptor,
  tensorArrays,
} from '../../core/tensor.js';
import type { Slot, TensorAllocator } from '../runtime.js';
import type { OpenVinoHandle, OpenVinoLibrary } from './openvino-library.node.js';
import { hostTensor, type OpenVinoModel } from './openvino-model.node.js';

/** One request with its tensors, in the allocator's memory where their shapes are known. */
export class OpenVinoSlot implements Slot {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly #library: OpenVinoLibrary;
  readonly #request: OpenVinoHandle;
  readonly #bindings: Binding[];
  readonly #grown: GrownTensor[] = [];
  #running: Promise<void> = Promise.resolve();

  /**
   * Takes over no memory: the tensors are their owner's. @param inputs whose `data` may be other memory at each run.
   */
  constructor(
    library: OpenVinoLibrary,
    compiled: OpenVinoHandle,
    inputs: readonly Tensor[],
    outputs: readonly Tensor[],
  ) {
    this.#library = library;
    this.inputs = inputs;
    this.outputs = outputs;
    for (const tensor of outputs) if (tensor instanceof GrownTensor) this.#grown.push(tensor);
    this.#request = library.create('ov_infer_request_t', 'ov_compiled_model_create_infer_request', compiled.pointer);
    this.#bindings = [
      ...this.inputs.map((tensor, index) => new Binding('input', index, tensor)),
      ...this.outputs.flatMap((tensor, index) =>
        tensor instanceof GrownTensor ? [] : [new Binding('output', index, tensor)],
      ),
    ];
    try {
      this.#bind();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Runs on this thread. @throws {OpenVinoFailure} */
  runBlocking(): void {
    this.#bind();
    this.#library.call('ov_infer_request_infer', this.#request.pointer);
    for (const tensor of this.#grown) tensor.read(this.#library, this.#request);
  }

  /** Runs on threads of the device; this one is free every ms. Runs of one slot follow one another. @throws {OpenVinoFailure} */
  run(): Promise<void> {
    const turn = this.#running.then(() => this.#runNow());
    this.#running = turn.catch(() => {});
    return turn;
  }

  /** Settles when nothing runs. */
  async idle(): Promise<void> {
    await this.#running;
  }

  close(): void {
    this.#request.close();
    for (const binding of this.#bindings) binding.close();
  }

  async #runNow(): Promise<void> {
    this.#bind();
    this.#library.call('ov_infer_request_start_async', this.#request.pointer);
    await this.#library.requests.finish(this.#request.pointer);
    for (const tensor of this.#grown) tensor.read(this.#library, this.#request);
  }

  #bind(): void {
    for (const binding of this.#bindings) binding.refresh(this.#library, this.#request);
  }
}

/** Tensors for a model: in the allocator's memory, but for outputs whose shape is known only after a run. */
export function allocateTensors(
  { inputs, outputs }: Pick<OpenVinoModel, 'inputs' | 'outputs'>,
  allocator: TensorAllocator,
): { inputs: Tensor[]; outputs: Tensor[] } {
  return {
    inputs: inputs.map((descriptor) => allocator.allocateTensor(descriptor)),
    outputs: outputs.map((descriptor, index) =>
      descriptor.shape.includes(-1) ? new GrownTensor(descriptor, index) : allocator.allocateTensor(descriptor),
    ),
  };
}

/** A tensor of ours as the request knows it; made anew only where its memory has moved. */
class Binding {
  readonly #kind: 'input' | 'output';
  readonly #index: number;
  readonly #tensor: Tensor;
  #data: TensorData | undefined;
  #address: bigint | undefined;
  #handle: OpenVinoHandle | undefined;

  constructor(kind: 'input' | 'output', index: number, tensor: Tensor) {
    this.#kind = kind;
    this.#index = index;
    this.#tensor = tensor;
  }

  refresh(library: OpenVinoLibrary, request: OpenVinoHandle): void {
    const { data } = this.#tensor;
    if (data === this.#data) return;
    const address = library.ffi.address(data);
    // Memory that grew has new views; it seldom moves.
    if (address !== this.#address) {
      const handle = hostTensor(library, this.#tensor, data);
      try {
        const set = `ov_infer_request_set_${this.#kind}_tensor_by_index` as const;
        library.call(set, request.pointer, this.#index, handle.pointer);
      } catch (error) {
        handle.close();
        throw error;
      }
      this.#handle?.close();
      this.#handle = handle;
      this.#address = address;
    }
    this.#data = data;
  }

  close(): void {
    this.#handle?.close();
  }
}

/** An output whose shape is known only after a run; a copy, because the next run may move it. */
class GrownTensor implements Tensor {
  readonly name: string;
  readonly dataType: Tensor['dataType'];
  shape: readonly number[];
  readonly #index: number;
  #data: TensorData | undefined;

  constructor({ name, dataType, shape }: TensorDescriptor, index: number) {
    this.name = name;
    this.dataType = dataType;
    this.shape = shape;
    this.#index = index;
  }

  get data(): TensorData {
    if (this.#data) return this.#data;
    throw new InvalidArgumentError({
      subject: `output ${this.name}`,
      expected: 'a slot that has been run',
      received: 'one without a finished run',
      remedy: 'Await session.run(slot) before reading its outputs.',
    });
  }

  read(library: OpenVinoLibrary, request: OpenVinoHandle): void {
    const get = 'ov_infer_request_get_output_tensor_by_index';
    using tensor = library.create('ov_tensor_t', get, request.pointer, this.#index);
    const shape = {} as { rank: number | bigint; dims: bigint | null };
    library.call('ov_tensor_get_shape', tensor.pointer, shape);
    const rank = Number(shape.rank);
    this.shape = rank === 0 ? [] : Array.from(library.ffi.decode(shape.dims, 'int64_t', rank) as BigInt64Array, Number);
    library.call('ov_shape_free', shape);
    const Elements = tensorArrays[this.dataType];
    const byteLength = elementCount(this.shape) * bytesPerElement[this.dataType];
    if (byteLength === 0) {
      this.#data = new Elements(0);
      return;
    }
    const address: [bigint | null] = [null];
    library.call('ov_tensor_data', tensor.pointer, address);
    this.#data = new Elements(library.ffi.view(address[0] as bigint, byteLength).slice(0));
  }
}
