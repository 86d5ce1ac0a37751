import { InvalidArgumentError } from '../../core/error.js';
import {
  bytesPerElement,
  elementCount,
  type Tensor,
  type TensorData,
  type TensorDataType,
  type TensorDescriptor,
  tensorArrays,
} from '../../core/tensor.js';
import type { RuntimeAllocations, Slot, TensorAllocator } from '../runtime.js';
import { elementTypes, readShape } from './model-values.node.js';
import type { OrtLibrary, Pointer } from './ort-library.node.js';

/** An output whose shape each run tells. Its elements are copied out of the runtime's memory, which is then freed. */
class FreeOutput implements Tensor {
  readonly name: string;
  readonly dataType: TensorDataType;
  shape: readonly number[];
  #memory = new ArrayBuffer(0);
  #data: TensorData | undefined;

  constructor({ name, dataType, shape }: TensorDescriptor) {
    this.name = name;
    this.dataType = dataType;
    this.shape = shape;
  }

  /** @throws {InvalidArgumentError} ERR_ARGUMENT the slot has not been run. */
  get data(): TensorData {
    if (this.#data) return this.#data;
    throw new InvalidArgumentError({
      subject: `output ${this.name}`,
      expected: 'a slot that has been run',
      received: 'one without a finished run',
      remedy: 'Await session.run(slot) before reading its outputs.',
    });
  }

  /** Takes the elements over. @param bytes of the runtime. */
  accept(shape: readonly number[], bytes: Uint8Array): void {
    if (this.#memory.byteLength < bytes.byteLength) this.#memory = new ArrayBuffer(bytes.byteLength);
    new Uint8Array(this.#memory).set(bytes);
    const Elements = tensorArrays[this.dataType] as unknown as new (
      memory: ArrayBuffer,
      offset: number,
      length: number,
    ) => TensorData;
    const length = elementCount(shape);
    // The same view again, where nothing but the numbers has changed: a run then makes no garbage.
    if (this.#data?.buffer !== this.#memory || this.#data.length !== length) {
      this.#data = new Elements(this.#memory, 0, length);
    }
    this.shape = shape;
  }

  clear(): void {
    this.#data = undefined;
  }
}

/** Bytes of the JS heap that one such place takes: growth of `heapUsed` per run in Node 20, with one output of free shape. */
const bytesPerPlace = 450;

/** A tensor in memory of ours and the runtime's handle on it. */
interface Bound {
  tensor: Tensor;
  /** The view that the handle was made for; memory that grew has another one. */
  data: TensorData | undefined;
  /** `OrtValue`; 0 where there is none yet. */
  value: Pointer;
}

/**
 * One set of tensors that the runtime reads and writes in place: inputs, and outputs of fixed shape, are memory of the
 * allocator's. Owns its handles until `close()`.
 */
export class OnnxNativeSlot implements Slot {
  readonly inputs: readonly Tensor[];
  /** `OrtIoBinding`. */
  readonly binding: Pointer;
  readonly #ort: OrtLibrary;
  readonly #copied: boolean;
  readonly #boundInputs: readonly Bound[];
  #boundOutputs: readonly Bound[];
  #outputs: readonly Tensor[];
  #free: readonly FreeOutput[];

  /**
   * @param session `OrtSession`. @param outputs their shapes; −1 is free.
   * @param copied whether the runtime takes a copy of inputs when they are bound, as it does for another device's memory.
   */
  constructor(
    ort: OrtLibrary,
    session: Pointer,
    inputs: readonly TensorDescriptor[],
    outputs: readonly TensorDescriptor[],
    allocator: TensorAllocator,
    copied: boolean,
  ) {
    this.#copied = copied;
    this.#ort = ort;
    this.inputs = inputs.map((input) => allocator.allocateTensor(input));
    this.#outputs = outputs.map((output) =>
      // Nothing has no address, either.
      output.shape.some((size) => size < 1) ? new FreeOutput(output) : allocator.allocateTensor(output),
    );
    this.#boundInputs = this.inputs.map(unbound);
    this.#free = this.#outputs.filter((output) => output instanceof FreeOutput);
    this.#boundOutputs = this.#outputs.filter((output) => !(output instanceof FreeOutput)).map(unbound);
    this.binding = ort.make('CreateIoBinding', session);
  }

  get outputs(): readonly Tensor[] {
    return this.#outputs;
  }

  /** Made by a run: for each output of free shape, places for addresses and sizes, and a view of the runtime's memory. */
  get allocations(): RuntimeAllocations {
    const { length } = this.#free;
    const arrayBuffersPerRun = length === 0 ? 0 : 3 + 5 * length;
    return { arrayBuffersPerRun, bytesPerRun: arrayBuffersPerRun * bytesPerPlace };
  }

  /** Binds what has moved, before a run. */
  bind(): void {
    for (const bound of this.#boundInputs) {
      const moved = this.#bind('BindInput', bound);
      if (this.#copied && !moved) this.#ort.do('BindInput', this.binding, bound.tensor.name, bound.value);
    }
    for (const bound of this.#boundOutputs) this.#bind('BindOutput', bound);
    // Anew for each run: the one before left its own tensor there, which this one would have to fit.
    for (const output of this.#free) {
      output.clear();
      this.#ort.do('BindOutputToDevice', this.binding, output.name, this.#ort.cpuMemory);
    }
  }

  /** Reads the outputs of free shape, after a run. */
  read(): void {
    if (this.#free.length === 0) return;
    const ort = this.#ort;
    const [at, count] = [new BigUint64Array(1), new BigUint64Array(1)];
    ort.do('GetBoundOutputValues', this.binding, ort.allocator, at, count);
    const values = ort.pointers(at[0], Number(count[0]));
    try {
      // In the order of binding, which begins with the outputs of fixed shape.
      const first = this.#boundOutputs.length;
      for (const [index, output] of this.#free.entries()) this.#readValue(output, values[first + index]);
    } finally {
      for (const value of values) ort.functions.ReleaseValue(value);
      ort.do('AllocatorFree', ort.allocator, at[0]);
    }
  }

  /** Takes all outputs for free from now on: a model may say another shape than it gives. */
  freeOutputs(): void {
    this.#outputs = this.#outputs.map((output) => (output instanceof FreeOutput ? output : new FreeOutput(output)));
    this.#free = this.#outputs as FreeOutput[];
    for (const { value } of this.#boundOutputs) if (value) this.#ort.functions.ReleaseValue(value);
    this.#boundOutputs = [];
    this.#ort.functions.ClearBoundOutputs(this.binding);
  }

  close(): void {
    this.#ort.functions.ReleaseIoBinding(this.binding);
    for (const { value } of [...this.#boundInputs, ...this.#boundOutputs]) {
      if (value) this.#ort.functions.ReleaseValue(value);
    }
  }

  /** Binds a tensor that has moved. Gives whether it has. */
  #bind(name: 'BindInput' | 'BindOutput', bound: Bound): boolean {
    const { tensor } = bound;
    const { data } = tensor;
    if (bound.data === data) return false;
    const ort = this.#ort;
    const shape = BigInt64Array.from(tensor.shape, BigInt);
    const bytes = elementCount(tensor.shape) * bytesPerElement[tensor.dataType];
    const address = ort.ffi.address(data);
    const type = elementTypes[tensor.dataType];
    const make = 'CreateTensorWithDataAsOrtValue';
    const value = ort.make(make, ort.cpuMemory, address, bytes, shape, shape.length, type);
    // The binding keeps what it is given: handles are ours alone.
    if (bound.value) ort.functions.ReleaseValue(bound.value);
    bound.value = value;
    ort.do(name, this.binding, tensor.name, value);
    bound.data = data;
    return true;
  }

  #readValue(output: FreeOutput, value: Pointer): void {
    const ort = this.#ort;
    const info = ort.make('GetTensorTypeAndShape', value);
    let shape: number[];
    try {
      shape = readShape(ort, info);
    } finally {
      ort.functions.ReleaseTensorTypeAndShapeInfo(info);
    }
    const bytes = elementCount(shape) * bytesPerElement[output.dataType];
    const memory = bytes === 0 ? new ArrayBuffer(0) : ort.ffi.view(ort.make('GetTensorMutableData', value), bytes);
    output.accept(shape, new Uint8Array(memory));
  }
}

function unbound(tensor: Tensor): Bound {
  return { tensor, data: undefined, value: 0n };
}
