import type { InferenceSession as OrtSession, Tensor as OrtTensor } from 'onnxruntime-web';
import { untilAborted } from '../../core/abort.js';
import { ClosedError, DeviceLostError, InvalidArgumentError, ModelLoadError } from '../../core/error.js';
import {
  bytesPerElement,
  elementCount,
  type Tensor,
  type TensorData,
  type TensorDataType,
  type TensorDescriptor,
} from '../../core/tensor.js';
import { runFailure } from '../run-failure.js';
import type { RunQueue } from '../run-queue.js';
import type { OpenOptions, Placement, RuntimeAllocations, Session, Slot } from '../runtime.js';
import { settleShape } from '../settle-shape.js';
import type { Gpu } from './gpu.js';

/** The module `onnxruntime-web` as its dynamic import gives it. */
export type OrtModule = typeof import('onnxruntime-web');

/**
 * Bytes that one run of onnxruntime-web makes on the JS heap beside its outputs. Measured with 1.30 in Node 20 as the
 * growth of `heapUsed` per run, the young generation being too large to be collected: 9.9 kB with one output
 * (MNIST), 12.2 kB with two (UltraFace).
 */
const bytesPerCall = 10_000;

/** Free dimensions come as a name, or unnamed as −1 read as unsigned. */
const unnamedDimension = 0xffffffff;

/**
 * An output of a slot. onnxruntime-web gives a new array with each run and silently leaves pre-allocated CPU
 * outputs as they were (microsoft/onnxruntime#25786), so that the array it returns is what is read.
 */
class OutputTensor implements Tensor {
  readonly name: string;
  readonly dataType: TensorDataType;
  shape: readonly number[];
  #data: TensorData | undefined;

  constructor(descriptor: TensorDescriptor) {
    this.name = descriptor.name;
    this.dataType = descriptor.dataType;
    this.shape = descriptor.shape;
  }

  get data(): TensorData {
    if (!this.#data) {
      throw new InvalidArgumentError({
        subject: `output ${this.name}`,
        expected: 'a slot that has been run',
        received: 'one without a finished run',
        remedy: 'Await session.run(slot) before reading its outputs.',
      });
    }
    return this.#data;
  }

  accept(tensor: OrtTensor): void {
    const data = tensor.data as unknown as TensorData;
    // Engines that have Float16Array get one; here float16 is always carried as bits.
    this.#data =
      this.dataType === 'float16' && !(data instanceof Uint16Array)
        ? new Uint16Array((data as Uint8Array).buffer, (data as Uint8Array).byteOffset, (data as Uint8Array).length)
        : data;
    this.shape = tensor.dims;
  }

  clear(): void {
    this.#data = undefined;
  }
}

/** One slot with the runtime's handles on its inputs. */
class OnnxWebSlot implements Slot {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly OutputTensor[];
  readonly #ort: OrtModule;
  readonly #feeds: Record<string, OrtTensor> = {};
  readonly #fed: (TensorData | undefined)[];

  constructor(ort: OrtModule, inputs: readonly Tensor[], outputs: readonly TensorDescriptor[]) {
    this.#ort = ort;
    this.inputs = inputs;
    this.outputs = outputs.map((descriptor) => new OutputTensor(descriptor));
    this.#fed = inputs.map(() => undefined);
  }

  /** The inputs as the runtime takes them; made anew only where their memory has moved. */
  feeds(): Record<string, OrtTensor> {
    for (let i = 0; i < this.inputs.length; i++) {
      const { name, dataType, shape, data } = this.inputs[i]!;
      if (this.#fed[i] === data) continue;
      this.#feeds[name] = new this.#ort.Tensor(dataType, data as Float32Array, shape);
      this.#fed[i] = data;
    }
    return this.#feeds;
  }
}

/** How long the loss of a device may take to be told after the run that died of it, in ms. */
const lossNoticeMs = 100;

/** What a session stands on, beside its model. */
export interface OnnxWebGround {
  ort: OrtModule;
  /** Turns of the module that the session lives in. */
  queue: RunQueue;
  /** The device that the session runs on; closed with it. */
  gpu?: Gpu;
}

/**
 * A model in the WebAssembly heap of onnxruntime-web, and on a graphics device where it has one. The run copies the
 * inputs into that heap and the outputs out of it, into new arrays. A run cannot be interrupted: with an aborted
 * signal its result is discarded. A session whose device was lost is never run again.
 */
export class OnnxWebSession implements Session {
  readonly inputs: readonly TensorDescriptor[];
  readonly outputs: readonly TensorDescriptor[];
  readonly slots: readonly Slot[];
  readonly placement: Placement;
  readonly allocations: RuntimeAllocations;
  readonly copies = ['input tensor → runtime heap', 'outputs → arrays made by the runtime'];
  readonly #session: OrtSession;
  readonly #name: string;
  readonly #queue: RunQueue;
  readonly #gpu: Gpu | undefined;
  // How to reject the runs under way; a promise that never settles would gather a listener per run.
  readonly #running = new Set<(reason: DeviceLostError) => void>();
  #lost: DeviceLostError | undefined;
  #closed: Promise<void> | undefined;

  /**
   * @param session an open session; owned from now on.
   * @throws {ModelLoadError} ERR_MODEL_LOAD an input or output has a type that tensors here cannot carry.
   * @throws {ShapeError} ERR_SHAPE an input has free dimensions that `options.inputShapes` does not settle.
   */
  constructor(ground: OnnxWebGround, session: OrtSession, name: string, options: OpenOptions, placement: Placement) {
    this.#session = session;
    this.#name = name;
    this.#queue = ground.queue;
    this.#gpu = ground.gpu;
    this.placement = placement;
    this.inputs = session.inputMetadata.map((value) =>
      settleShape(describe(value, `${name}: input`), name, options.inputShapes),
    );
    this.outputs = session.outputMetadata.map((value) => describe(value, `${name}: output`));
    this.slots = Array.from({ length: options.slots }, () => {
      const inputs = this.inputs.map((descriptor) => options.allocator.allocateTensor(descriptor));
      return new OnnxWebSlot(ground.ort, inputs, this.outputs);
    });
    const outputBytes = this.outputs.reduce(
      (sum, { dataType, shape }) => sum + bytesPerElement[dataType] * Math.max(0, elementCount(shape)),
      0,
    );
    this.allocations = { arrayBuffersPerRun: this.outputs.length, bytesPerRun: bytesPerCall + outputBytes };
    ground.gpu?.lost.then((reason) => this.#lose(reason));
  }

  async run(slot: Slot, signal?: AbortSignal): Promise<void> {
    if (!(slot instanceof OnnxWebSlot) || !this.slots.includes(slot)) {
      throw new InvalidArgumentError({
        subject: 'slot',
        expected: 'one of session.slots',
        received: 'another object',
        remedy: 'Take the slot from the session that runs it.',
      });
    }
    this.#requireOpen();
    signal?.throwIfAborted();
    const turn = this.#queue.take(() => this.#runNow(slot, signal));
    const told = this.#gpu ? this.#untilLost(turn) : turn;
    await (signal ? untilAborted(told, signal) : told);
  }

  close(): Promise<void> {
    // The run under way still uses the model.
    this.#closed ??= this.#queue.take(() => this.#session.release()).finally(() => this.#gpu?.close());
    return this.#closed;
  }

  async #runNow(slot: OnnxWebSlot, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    if (this.#lost) throw this.#lost;
    for (const output of slot.outputs) output.clear();
    const results = await this.#infer(slot);
    signal?.throwIfAborted();
    if (this.#lost) throw this.#lost;
    const problem = this.#gpu?.takeError();
    if (problem !== undefined) throw runFailure(this.#name, problem);
    for (const output of slot.outputs) output.accept(results[output.name] as OrtTensor);
  }

  async #infer(slot: OnnxWebSlot): Promise<OrtSession.OnnxValueMapType> {
    try {
      return await this.#session.run(slot.feeds());
    } catch (cause) {
      if (this.#gpu) await Promise.race([this.#gpu.lost, pause(lossNoticeMs)]);
      if (this.#lost) throw this.#lost;
      throw runFailure(this.#name, cause);
    }
  }

  // Rejects at once when the device goes; the turn itself ends when the runtime gives it up.
  #untilLost(turn: Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#running.add(reject);
      turn.then(resolve, reject).finally(() => this.#running.delete(reject));
    });
  }

  #lose(reason: string): void {
    this.#lost = new DeviceLostError({
      subject: this.#name,
      expected: 'its graphics device to stay',
      received: `a lost one (${reason})`,
      remedy: 'Close the session and open the model again.',
      details: { reason },
    });
    for (const reject of this.#running) reject(this.#lost);
    this.#running.clear();
  }

  #requireOpen(): void {
    if (this.#closed) {
      throw new ClosedError({
        subject: `session of ${this.#name}`,
        expected: 'an open session',
        received: 'a closed one',
        remedy: 'Open the model again.',
      });
    }
    if (this.#lost) throw this.#lost;
  }
}

function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}

function describe(value: OrtSession.ValueMetadata, subject: string): TensorDescriptor {
  const dataType = value.isTensor ? value.type : 'no tensor';
  if (!value.isTensor || !(value.type in bytesPerElement)) {
    throw new ModelLoadError({
      subject: `${subject} ${value.name}`,
      expected: `a tensor of ${Object.keys(bytesPerElement).join(', ')}`,
      received: dataType,
      remedy: 'Export the model with one of these types at its border, e.g. by a Cast node.',
    });
  }
  return {
    name: value.name,
    dataType: value.type as TensorDataType,
    shape: value.shape.map((size) => (typeof size === 'number' && size !== unnamedDimension ? size : -1)),
  };
}
