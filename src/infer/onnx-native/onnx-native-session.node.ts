import { untilAborted } from '../../core/abort.js';
import { ClosedError, DeviceLostError, InvalidArgumentError } from '../../core/error.js';
import type { TensorDescriptor } from '../../core/tensor.js';
import { runFailure } from '../run-failure.js';
import { RunQueue } from '../run-queue.js';
import type { OpenOptions, Placement, RuntimeAllocations, Session, Slot } from '../runtime.js';
import { settleShape } from '../settle-shape.js';
import { readModelValues, settleOutputs } from './model-values.node.js';
import { OnnxNativeSlot } from './onnx-native-slot.node.js';
import { isDeviceLost } from './ort-error.js';
import type { OrtLibrary, Pointer } from './ort-library.node.js';

/** How a session runs, beside what its model says. */
export interface OnnxNativeGround {
  ort: OrtLibrary;
  placement: Placement;
  /** Whether runs block the thread, which saves the way to another one and back. */
  blocking: boolean;
  /** Whether a profile is written. */
  profiled: boolean;
}

/**
 * A model in ONNX Runtime. Its runs read inputs and write outputs of fixed shape where they lie. On a thread that may
 * block, a run is one call and takes no signal once begun; else it is done by a thread of libuv's pool, and a signal
 * ends it at the next node.
 */
export class OnnxNativeSession implements Session {
  readonly inputs: readonly TensorDescriptor[];
  readonly outputs: readonly TensorDescriptor[];
  readonly slots: readonly OnnxNativeSlot[];
  readonly placement: Placement;
  readonly allocations: RuntimeAllocations;
  readonly copies: readonly string[];
  readonly #ground: OnnxNativeGround;
  readonly #session: Pointer;
  readonly #runOptions: Pointer;
  readonly #name: string;
  readonly #queue = new RunQueue();
  #profilePath: string | undefined;
  #lost: DeviceLostError | undefined;
  #closed: Promise<void> | undefined;

  /**
   * @param session `OrtSession`; owned from now on, also where this throws.
   * @throws {ModelLoadError} ERR_MODEL_LOAD an input or output has a type that tensors here cannot carry.
   * @throws {ShapeError} ERR_SHAPE an input has free dimensions that `options.inputShapes` does not settle.
   */
  constructor(ground: OnnxNativeGround, session: Pointer, name: string, options: OpenOptions) {
    const { ort } = ground;
    const slots: OnnxNativeSlot[] = [];
    // A provider with memory of its own: whether it is the CPU's, too, ONNX Runtime does not tell.
    const copied = ground.placement.executionProvider !== 'cpu';
    let runOptions = 0n;
    try {
      const declared = readModelValues(ort, session, 'Input', name);
      this.inputs = declared.map(({ symbols: _, ...input }) => settleShape(input, name, options.inputShapes));
      this.outputs = settleOutputs(readModelValues(ort, session, 'Output', name), declared, this.inputs);
      runOptions = ort.make('CreateRunOptions');
      for (let i = 0; i < options.slots; i++) {
        slots.push(new OnnxNativeSlot(ort, session, this.inputs, this.outputs, options.allocator, copied));
      }
    } catch (error) {
      for (const slot of slots) slot.close();
      if (runOptions) ort.functions.ReleaseRunOptions(runOptions);
      ort.functions.ReleaseSession(session);
      throw error;
    }
    this.#ground = ground;
    this.#session = session;
    this.#runOptions = runOptions;
    this.#name = name;
    this.slots = slots;
    this.placement = ground.placement;
    this.allocations = slots[0].allocations;
    this.copies = [
      ...(copied ? ['input tensor → memory of the execution provider', 'outputs → tensors of the slot'] : []),
      ...(slots[0].allocations.arrayBuffersPerRun > 0 ? ['outputs of free shape → memory that the slot keeps'] : []),
    ];
  }

  /** Where the profile is, from the end of `close` on. `undefined` where none was asked for. */
  get profilePath(): string | undefined {
    return this.#profilePath;
  }

  async run(slot: Slot, signal?: AbortSignal): Promise<void> {
    if (!(slot instanceof OnnxNativeSlot) || !this.slots.includes(slot)) {
      throw new InvalidArgumentError({
        subject: 'slot',
        expected: 'one of session.slots',
        received: 'another object',
        remedy: 'Take the slot from the session that runs it.',
      });
    }
    if (this.#closed) {
      throw new ClosedError({
        subject: `session of ${this.#name}`,
        expected: 'an open session',
        received: 'a closed one',
        remedy: 'Open the model again.',
      });
    }
    signal?.throwIfAborted();
    if (this.#ground.blocking) {
      this.#runNow(slot);
      return;
    }
    const turn = this.#queue.take(() => this.#runBeside(slot, signal));
    await (signal ? untilAborted(turn, signal) : turn);
  }

  close(): Promise<void> {
    // The run under way still uses the model.
    this.#closed ??= this.#queue.take(async () => this.#release());
    return this.#closed;
  }

  #runNow(slot: OnnxNativeSlot): void {
    this.#requireDevice();
    const { ort } = this.#ground;
    const call = () => {
      slot.bind();
      ort.require(ort.functions.RunWithBinding(this.#session, this.#runOptions, slot.binding) as Pointer | null);
      slot.read();
    };
    try {
      call();
    } catch (error) {
      if (!this.#freed(slot, error)) throw this.#failure(error);
      try {
        call();
      } catch (again) {
        throw this.#failure(again);
      }
    }
  }

  async #runBeside(slot: OnnxNativeSlot, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    this.#requireDevice();
    const { ort } = this.#ground;
    const end = () => ort.do('RunOptionsSetTerminate', this.#runOptions);
    signal?.addEventListener('abort', end, { once: true });
    const call = async () => {
      slot.bind();
      await ort.later('RunWithBinding', this.#session, this.#runOptions, slot.binding);
      slot.read();
    };
    try {
      await call().catch((error) => {
        if (!this.#freed(slot, error)) throw error;
        return call();
      });
    } catch (error) {
      signal?.throwIfAborted();
      throw this.#failure(error);
    } finally {
      signal?.removeEventListener('abort', end);
      if (signal?.aborted) ort.do('RunOptionsUnsetTerminate', this.#runOptions);
    }
  }

  // A model may say another shape of an output than it gives; memory of the size that it said is then refused.
  #freed(slot: OnnxNativeSlot, error: unknown): boolean {
    if (!/shape verification failed|pre-allocated/i.test((error as Error).message)) return false;
    slot.freeOutputs();
    return true;
  }

  #requireDevice(): void {
    if (this.#lost) throw this.#lost;
  }

  #failure(cause: unknown): Error {
    if (isDeviceLost(cause)) {
      this.#lost = new DeviceLostError({
        subject: this.#name,
        expected: `its ${this.placement.device} to stay`,
        received: `a lost one (${(cause as Error).message})`,
        remedy: 'Close the session and open the model in a new process: this one cannot use the device any more.',
        details: { reason: 'lost' },
        cause,
      });
      return this.#lost;
    }
    return runFailure(this.#name, cause);
  }

  #release(): void {
    const { ort, profiled } = this.#ground;
    try {
      if (profiled) this.#profilePath = ort.takeText('SessionEndProfiling', this.#session, ort.allocator);
    } finally {
      for (const slot of this.slots) slot.close();
      ort.functions.ReleaseRunOptions(this.#runOptions);
      ort.functions.ReleaseSession(this.#session);
    }
  }
}
