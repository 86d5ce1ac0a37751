import { InvalidArgumentError } from '../../core/error.js';
import { colorMatrices, type FrameColorSpace, type FrameLayout, type PlaneLayout } from '../../core/pixel-format.js';
import {
  formatNumbers,
  headerFields,
  laneCount,
  laneFields,
  laneOffset,
  pixelsOffset,
  ringHeadBytes,
  ringMagic,
  ringVersion,
  type SlotState,
  slotFields,
  slotOffset,
  slotStates,
} from './ring-layout.js';

/** Memory that a ring lies in. */
export interface RingMemory {
  readonly byteLength: number;
  /** A part of it, without a copy. */
  view(offset: number, byteLength: number): ArrayBuffer;
}

/** What the table says of a frame; its pixels lie in the slot. */
export interface SlotFrame extends FrameLayout {
  id: number;
  byteLength: number;
  /** ms of CLOCK_MONOTONIC, like all times in a ring. */
  captureTime: number | undefined;
}

/** Whom a slot is for. */
export interface SlotCall {
  lane: number;
  /** Number that the answer repeats. */
  call: number;
  /** The slot of the engine. */
  engineSlot: number;
}

const matrices = [...colorMatrices, 'rgb'] as const;
const none = -1;

/**
 * Slots of pixels with a table that says what lies in them and whose turn it is. The daemon writes frames and reads
 * nothing that it depends on; a child reads them. Which slots are free is the daemon's own bookkeeping ({@link RingFrameStore}).
 */
export class Ring {
  readonly slotCount: number;
  readonly slotBytes: number;
  readonly #memory: RingMemory;
  readonly #words: Int32Array;
  readonly #doubles: Float64Array;
  // Buffers of the pixels, only as large as the frames are: the engine counts what it is shown.
  readonly #pixels: (ArrayBuffer | undefined)[];
  readonly #slots = new WeakMap<ArrayBufferLike, number>();

  private constructor(memory: RingMemory, head: ArrayBuffer) {
    this.#memory = memory;
    this.#words = new Int32Array(head);
    this.#doubles = new Float64Array(head);
    this.slotCount = this.#words[headerFields.slotCount / 4];
    this.slotBytes = this.#doubles[headerFields.slotBytes / 8];
    this.#pixels = new Array(this.slotCount).fill(undefined);
  }

  /** Bytes that a ring takes. @param slotBytes a multiple of the page size. */
  static byteLength(slotCount: number, slotBytes: number): number {
    return pixelsOffset(slotCount, slotBytes);
  }

  /** Writes the header of a new ring. */
  static create(memory: RingMemory, slotCount: number, slotBytes: number): Ring {
    const head = memory.view(0, ringHeadBytes);
    const words = new Int32Array(head);
    words[headerFields.version / 4] = ringVersion;
    words[headerFields.slotCount / 4] = slotCount;
    words[headerFields.laneCount / 4] = laneCount;
    new Float64Array(head)[headerFields.slotBytes / 8] = slotBytes;
    Atomics.store(words, headerFields.magic / 4, ringMagic);
    return new Ring(memory, head);
  }

  /** Opens one that another process made. @throws {InvalidArgumentError} ERR_ARGUMENT it is none of this version. */
  static open(memory: RingMemory): Ring {
    const head = memory.view(0, ringHeadBytes);
    const words = new Int32Array(head);
    const [magic, version] = [Atomics.load(words, headerFields.magic / 4), words[headerFields.version / 4]];
    if (magic !== ringMagic || version !== ringVersion) {
      throw new InvalidArgumentError({
        subject: 'ring',
        expected: `one of version ${ringVersion}`,
        received: magic === ringMagic ? `version ${version}` : 'memory without its mark',
        remedy: 'Daemon and children must be of the same version of this package.',
      });
    }
    return new Ring(memory, head);
  }

  /** The first bytes of a slot's pixels. */
  pixels(slot: number, byteLength: number): Uint8Array {
    let buffer = this.#pixels[slot];
    if (!buffer || buffer.byteLength < byteLength) {
      buffer = this.#memory.view(pixelsOffset(slot, this.slotBytes), byteLength);
      this.#pixels[slot] = buffer;
      this.#slots.set(buffer, slot);
    }
    return new Uint8Array(buffer, 0, byteLength);
  }

  /** The slot that pixels lie in, from its beginning; undefined where they lie elsewhere. */
  slotOf(pixels: Uint8Array): number | undefined {
    return pixels.byteOffset === 0 ? this.#slots.get(pixels.buffer) : undefined;
  }

  state(slot: number): SlotState {
    return slotStates[Atomics.load(this.#words, slotOffset(slot) / 4)];
  }

  setState(slot: number, state: SlotState): void {
    Atomics.store(this.#words, slotOffset(slot) / 4, slotStates.indexOf(state));
  }

  /** Says what lies in a slot, and for whom, and makes it READY. */
  enqueue(slot: number, frame: SlotFrame, { lane, call, engineSlot }: SlotCall, time: number): void {
    const { planes, colorSpace } = frame;
    this.#set(slot, 'call', call);
    this.#set(slot, 'engineSlot', engineSlot);
    this.#set(slot, 'format', formatNumbers.indexOf(frame.format));
    this.#set(slot, 'codedWidth', frame.codedWidth);
    this.#set(slot, 'codedHeight', frame.codedHeight);
    this.#set(slot, 'strideBytes', frame.strideBytes);
    this.#set(slot, 'rotation', frame.rotation ?? 0);
    this.#set(slot, 'flip', frame.flip ? 1 : 0);
    this.#set(slot, 'byteLength', frame.byteLength);
    this.#set(slot, 'lane', lane);
    this.#set(slot, 'planeCount', planes?.length ?? 0);
    const at = (slotOffset(slot) + slotFields.planes) / 4;
    planes?.forEach(({ offset, stride }, i) => {
      this.#words[at + 2 * i] = offset;
      this.#words[at + 2 * i + 1] = stride;
    });
    this.#set(slot, 'matrix', colorSpace?.matrix ? matrices.indexOf(colorSpace.matrix) : none);
    this.#set(slot, 'fullRange', colorSpace?.fullRange == null ? none : Number(colorSpace.fullRange));
    this.setTime(slot, 'captureTime', frame.captureTime ?? Number.NaN);
    this.setTime(slot, 'startTime', Number.NaN);
    this.setTime(slot, 'doneTime', Number.NaN);
    this.setTime(slot, 'enqueueTime', time);
    this.setTime(slot, 'id', frame.id);
    this.setState(slot, 'READY');
  }

  /** A slot that waits for the child of a lane, the first one that was enqueued. */
  ready(lane: number): number | undefined {
    let first: number | undefined;
    for (let slot = 0; slot < this.slotCount; slot++) {
      if (this.state(slot) !== 'READY' || this.#get(slot, 'lane') !== lane) continue;
      // Numbers of calls may have gone round.
      const isSooner = first === undefined || ((this.#get(slot, 'call') - this.#get(first, 'call')) | 0) < 0;
      if (isSooner) first = slot;
    }
    return first;
  }

  /** Whose a slot is, as {@link enqueue} said. */
  call(slot: number): SlotCall {
    const [lane, call] = [this.#get(slot, 'lane'), this.#get(slot, 'call')];
    return { lane, call, engineSlot: this.#get(slot, 'engineSlot') };
  }

  /** What {@link enqueue} said. */
  frame(slot: number): SlotFrame {
    const matrix = this.#get(slot, 'matrix');
    const fullRange = this.#get(slot, 'fullRange');
    const colorSpace: FrameColorSpace = {
      matrix: matrix === none ? null : matrices[matrix],
      fullRange: fullRange === none ? null : fullRange === 1,
    };
    const at = (slotOffset(slot) + slotFields.planes) / 4;
    const planes: PlaneLayout[] = [];
    for (let i = 0; i < this.#get(slot, 'planeCount'); i++) {
      planes.push({ offset: this.#words[at + 2 * i], stride: this.#words[at + 2 * i + 1] });
    }
    const captureTime = this.time(slot, 'captureTime');
    return {
      id: this.time(slot, 'id'),
      format: formatNumbers[this.#get(slot, 'format')],
      codedWidth: this.#get(slot, 'codedWidth'),
      codedHeight: this.#get(slot, 'codedHeight'),
      strideBytes: this.#get(slot, 'strideBytes'),
      rotation: this.#get(slot, 'rotation') as SlotFrame['rotation'],
      flip: this.#get(slot, 'flip') === 1,
      byteLength: this.#get(slot, 'byteLength'),
      captureTime: Number.isNaN(captureTime) ? undefined : captureTime,
      ...(planes.length > 0 ? { planes, colorSpace } : {}),
    };
  }

  time(slot: number, field: 'captureTime' | 'enqueueTime' | 'startTime' | 'doneTime' | 'id'): number {
    return this.#doubles[(slotOffset(slot) + slotFields[field]) / 8];
  }

  setTime(slot: number, field: 'captureTime' | 'enqueueTime' | 'startTime' | 'doneTime' | 'id', value: number): void {
    this.#doubles[(slotOffset(slot) + slotFields[field]) / 8] = value;
  }

  /** Reads a word of a lane. */
  lane(lane: number, field: keyof typeof laneFields): number {
    return Atomics.load(this.#words, (laneOffset(lane) + laneFields[field]) / 4);
  }

  /** Adds to a word of a lane. Returns what it was before. */
  addToLane(lane: number, field: keyof typeof laneFields, value: number): number {
    return Atomics.add(this.#words, (laneOffset(lane) + laneFields[field]) / 4, value);
  }

  #get(slot: number, field: keyof typeof slotFields): number {
    return this.#words[(slotOffset(slot) + slotFields[field]) / 4];
  }

  #set(slot: number, field: keyof typeof slotFields, value: number): void {
    this.#words[(slotOffset(slot) + slotFields[field]) / 4] = value;
  }
}
