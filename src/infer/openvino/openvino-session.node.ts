import { untilAborted } from '../../core/abort.js';
import { ClosedError, DeviceLostError, type InferenceError, InvalidArgumentError } from '../../core/error.js';
import type { TensorDescriptor } from '../../core/tensor.js';
import { runFailure } from '../run-failure.js';
import type { Fusion, OpenOptions, Placement, RuntimeAllocations, Session, Slot } from '../runtime.js';
import type { OpenVinoHandle, OpenVinoLibrary } from './openvino-library.node.js';
import type { OpenVinoModel } from './openvino-model.node.js';
import { allocateTensors, OpenVinoSlot } from './openvino-slot.node.js';

/** What a session stands on. It owns `compiled`. */
export interface OpenVinoGround {
  library: OpenVinoLibrary;
  compiled: OpenVinoHandle;
  model: Omit<OpenVinoModel, 'handle'>;
  name: string;
  options: OpenOptions;
  placement: Placement;
  /** Opens models with preprocessing for the session; there where options ask for it. */
  fuse?(session: OpenVinoSession): Fusion;
}

/** Whether OpenVINO's words mean that the device is gone, and not that a run failed. */
export function isDeviceLoss(message: string): boolean {
  return /DEVICE_LOST|CL_OUT_OF_RESOURCES|device (was |is )?(lost|removed)/i.test(message);
}

/**
 * A model compiled on a device, with one request per slot. With one slot a run blocks the thread; with more it does so for a ms at a
 * time, so that runs of different slots overlap with each other and with what this thread does.
 */
export class OpenVinoSession implements Session {
  readonly overlaps: boolean;
  readonly inputs: readonly TensorDescriptor[];
  readonly outputs: readonly TensorDescriptor[];
  readonly slots: readonly OpenVinoSlot[];
  readonly placement: Placement;
  readonly allocations: RuntimeAllocations = { arrayBuffersPerRun: 0, bytesPerRun: 0 };
  readonly copies?: readonly string[];
  readonly fusion?: Fusion;
  readonly #ground: OpenVinoGround;
  #lost: DeviceLostError | undefined;
  #closed: Promise<void> | undefined;

  constructor(ground: OpenVinoGround) {
    const { library, compiled, model, options, placement } = ground;
    this.#ground = ground;
    this.inputs = model.inputs;
    this.outputs = model.outputs;
    this.placement = placement;
    this.overlaps = options.slots > 1;
    const slots: OpenVinoSlot[] = [];
    try {
      while (slots.length < options.slots) {
        const { inputs, outputs } = allocateTensors(model, options.allocator);
        slots.push(new OpenVinoSlot(library, compiled, inputs, outputs));
      }
    } catch (error) {
      for (const slot of slots) slot.close();
      throw error;
    }
    this.slots = slots;
    const grown = model.outputs.filter(({ shape }) => shape.includes(-1));
    if (grown.length > 0)
      this.copies = grown.map(({ name }) => `output ${name}, of unknown shape → an array of its own`);
    const fusion = ground.fuse?.(this);
    if (fusion) this.fusion = fusion;
  }

  async run(slot: Slot, signal?: AbortSignal): Promise<void> {
    await this.runOn(this.slots[this.indexOf(slot)] as OpenVinoSlot, signal);
  }

  /** Place of a slot. @throws {InvalidArgumentError} ERR_ARGUMENT it is another session's. @internal */
  indexOf(slot: Slot): number {
    const index = this.slots.indexOf(slot as OpenVinoSlot);
    if (index < 0) {
      throw new InvalidArgumentError({
        subject: 'slot',
        expected: 'one of session.slots',
        received: 'another object',
        remedy: 'Take the slot from the session that runs it.',
      });
    }
    return index;
  }

  /** Runs a request of this session's, or of one of its fused models. @internal */
  async runOn(slot: OpenVinoSlot, signal?: AbortSignal): Promise<void> {
    this.#requireOpen();
    signal?.throwIfAborted();
    try {
      if (!this.overlaps) slot.runBlocking();
      else if (signal) await untilAborted(slot.run(), signal);
      else await slot.run();
    } catch (cause) {
      if (signal?.aborted) throw signal.reason;
      throw this.#failure(cause);
    }
  }

  close(): Promise<void> {
    this.#closed ??= this.#end();
    return this.#closed;
  }

  async #end(): Promise<void> {
    // What runs still writes to the tensors.
    await Promise.all(this.slots.map((slot) => slot.idle()));
    for (const slot of this.slots) slot.close();
    this.#ground.compiled.close();
  }

  #requireOpen(): void {
    if (this.#closed) {
      throw new ClosedError({
        subject: `session of ${this.#ground.name}`,
        expected: 'an open session',
        received: 'a closed one',
        remedy: 'Open the model again.',
      });
    }
    if (this.#lost) throw this.#lost;
  }

  #failure(cause: unknown): DeviceLostError | InferenceError {
    const { name, placement } = this.#ground;
    const received = cause instanceof Error ? cause.message : String(cause);
    if (isDeviceLoss(received)) {
      this.#lost = new DeviceLostError({
        subject: name,
        expected: `${placement.executionProvider} to stay`,
        received: `a lost device (${received})`,
        remedy: 'Close the session and open the model again, in a new process where that fails, too.',
        details: { reason: received },
        cause,
      });
      return this.#lost;
    }
    return runFailure(name, cause);
  }
}
