import { KernelError } from '../core/error.js';
import { layOutBackground } from './before-image.js';
import {
  type KernelAddress,
  kernelStatuses,
  type PicturePlanField,
  picturePlanFields,
  picturePlanPointers,
} from './kernel-exports.js';
import type { KernelBuffer } from './kernel-memory.js';
import { checkRoom } from './kernel-room.js';
import type { KernelBinding, Kernels } from './kernels.js';
import { isSwapped, layOutPicture } from './picture-image.js';
import type { PictureOutput, PicturePlan } from './picture-plan.js';

/** A picture plan made ready on one tier. */
export interface PictureKernel {
  /** Fills a whole picture from element `first` of a tensor on. Sizes are the caller's to check. Allocates nothing. */
  run(source: Uint8Array, output: PictureOutput, first?: number): void;
  /** Of a warp: where px go in the next run, see WarpPart. Allocates nothing, unless kernel memory grew. */
  map(mapping: Float64Array): void;
  /**
   * Of a plan with a background: what it begins with, as tight rows of RGB of the plan's region, or nothing: then it is the
   * picture of the next run.
   */
  setBackground(rgb: Uint8Array | undefined): void;
  close(): void;
}

/**
 * Makes a plan ready to run. Owns kernel memory until `close()`.
 * @param source where pictures from elsewhere are copied to, of the plan's `sourceBytes`; borrowed. Its own if left out.
 * @throws as {@link checkRoom}. @throws {KernelError} ERR_KERNEL kernel memory would have room, and others have taken it.
 */
export function openPictureKernel(kernels: Kernels, plan: PicturePlan, source?: KernelBuffer): PictureKernel {
  const { code } = kernels;
  if ('entries' in code) return new CompiledPictureKernel(kernels, code, plan, source);
  const reference = code.preprocess(plan);
  return {
    run: (pixels, output, first) => reference.run(pixels, output, first),
    map: (mapping) => reference.map(mapping),
    setBackground: (rgb) => reference.setBackground(rgb),
    close() {},
  };
}

const alignment = 16;
const twoTo32 = 2 ** 32;

class CompiledPictureKernel implements PictureKernel {
  readonly #kernels: Kernels;
  readonly #preprocess: (plan: KernelAddress) => number;
  readonly #addressOf: KernelBinding['addressOf'];
  // Words of four bytes that a pointer has in the struct.
  readonly #pointerWords: 1 | 2;
  // The struct, then every table and line buffer, each at its offset.
  readonly #block: KernelBuffer;
  readonly #offsets = new Map<PicturePlanField, number>();
  // Where a picture is put that the functions do not reach.
  readonly #source: KernelBuffer | undefined;
  readonly #ownsSource: boolean;
  readonly #tensorBytes: number;
  readonly #swapped: boolean;
  // Where a tensor outside kernel memory is made before it is copied there.
  #staging: KernelBuffer | undefined;
  #struct!: Int32Array;
  #mapping: Float64Array | undefined;
  #plan!: KernelAddress;
  // Views of the used part of longer buffers, made once per buffer.
  readonly #trimmed = new WeakMap<Uint8Array, Uint8Array>();
  readonly #viewed = new WeakMap<PictureOutput, Uint8Array>();

  constructor(
    kernels: Kernels,
    { entries, pointerBytes, addressOf }: KernelBinding,
    plan: PicturePlan,
    source: KernelBuffer | undefined,
  ) {
    const { numbers, sections } = layOutPicture(plan, pointerBytes);
    this.#kernels = kernels;
    this.#preprocess = entries.preprocess;
    this.#pointerWords = pointerBytes === 8 ? 2 : 1;
    this.#tensorBytes = sections.tensor as number;
    this.#swapped = isSwapped(plan.source.format);
    const pointers = picturePlanFields.slice(0, picturePlanPointers);
    let end = align(this.#wordOf(picturePlanFields.length) * 4);
    for (const field of pointers) {
      const section = sections[field];
      if (section === undefined || section === 0 || field === 'source' || field === 'tensor') continue;
      this.#offsets.set(field, end);
      end += align(typeof section === 'number' ? section : section.byteLength);
    }
    const frame = align(plan.sourceBytes);
    const copied = addressOf ? { frame: 0, tensor: 0 } : { frame, tensor: align(this.#tensorBytes) };
    checkRoom(kernels, plan.source, { ...copied, tables: end });
    this.#addressOf = addressOf;
    this.#source = addressOf ? undefined : (source ?? kernels.allocate(plan.sourceBytes));
    this.#ownsSource = !source;
    try {
      this.#block = kernels.allocate(end);
    } catch (error) {
      if (this.#ownsSource) this.#source?.close();
      throw error;
    }
    const bytes = this.#block.bytes;
    for (const [field, offset] of this.#offsets) {
      const section = sections[field];
      if (section instanceof Uint8Array) bytes.set(section, offset);
    }
    this.#look();
    picturePlanFields.slice(picturePlanPointers).forEach((field, index) => {
      this.#struct[this.#wordOf(picturePlanPointers + index)] = numbers[field] ?? 0;
    });
  }

  // Two ways, so that neither meets the other's kinds of numbers: a mix would be boxed.
  run(source: Uint8Array, output: PictureOutput, first = 0): void {
    const offset = first * output.BYTES_PER_ELEMENT;
    const status = this.#addressOf
      ? this.#runAnywhere(source, output, offset, this.#addressOf)
      : this.#runInside(source, output, offset);
    if (status !== 0) throw kernelError(status);
  }

  #runInside(source: Uint8Array, output: PictureOutput, offset: number): number {
    const { memory } = this.#kernels;
    const inPlace = output.buffer === memory.buffer;
    if (!inPlace) this.#staging ??= this.#kernels.allocate(this.#tensorBytes);
    if (this.#struct.buffer !== memory.buffer) this.#look();
    this.#struct[sourceField] = source.buffer === memory.buffer ? source.byteOffset : this.#copyIn(source);
    this.#struct[tensorField] = inPlace ? output.byteOffset + offset : this.#staging!.pointer;
    const status = this.#preprocess(this.#plan);
    if (status === 0 && !inPlace) this.#bytesOf(output).set(this.#staging!.bytes, offset);
    return status;
  }

  #runAnywhere(
    source: Uint8Array,
    output: PictureOutput,
    offset: number,
    addressOf: (buffer: ArrayBufferLike) => number,
  ): number {
    if (this.#struct.buffer !== this.#kernels.memory.buffer) this.#look();
    const struct = this.#struct;
    const from = addressOf(source.buffer) + source.byteOffset;
    const to = addressOf(output.buffer) + output.byteOffset + offset;
    // As #point does; handed to it, the two would be boxed.
    struct[sourceField * 2] = from;
    struct[sourceField * 2 + 1] = from / twoTo32;
    struct[tensorField * 2] = to;
    struct[tensorField * 2 + 1] = to / twoTo32;
    return this.#preprocess(this.#plan);
  }

  map(mapping: Float64Array): void {
    if (this.#struct.buffer !== this.#kernels.memory.buffer) this.#look();
    this.#mapping?.set(mapping);
  }

  setBackground(rgb: Uint8Array | undefined): void {
    const [known, numbers] = [this.#offsets.get('backgroundKnown'), this.#offsets.get('background')];
    if (known === undefined || numbers === undefined) return;
    const { buffer } = this.#kernels.memory;
    const { pointer } = this.#block;
    if (rgb) layOutBackground(rgb, this.#swapped, new Int16Array(buffer, pointer + numbers, (rgb.length / 3) * 4));
    new Int32Array(buffer, pointer + known, 1)[0] = rgb ? 1 : 0;
  }

  close(): void {
    this.#block.close();
    if (this.#ownsSource) this.#source?.close();
    this.#staging?.close();
  }

  #copyIn(source: Uint8Array): number {
    const { bytes, pointer, byteLength } = this.#source!;
    let used = source;
    if (source.byteLength !== byteLength) {
      used = this.#trimmed.get(source) ?? source.subarray(0, byteLength);
      this.#trimmed.set(source, used);
    }
    bytes.set(used);
    return pointer;
  }

  // A view of a tensor outside kernel memory, made once per tensor.
  #bytesOf(output: PictureOutput): Uint8Array {
    let bytes = this.#viewed.get(output);
    if (bytes?.byteLength !== output.byteLength) {
      bytes = new Uint8Array(output.buffer, output.byteOffset, output.byteLength);
      this.#viewed.set(output, bytes);
    }
    return bytes as Uint8Array;
  }

  // The struct where it is now: the memory has another buffer, and in this process may have another place, after it grew.
  #look(): void {
    const { buffer } = this.#kernels.memory;
    this.#struct = new Int32Array(buffer, this.#block.pointer, this.#wordOf(picturePlanFields.length));
    const mapping = this.#offsets.get('mapping');
    if (mapping !== undefined) this.#mapping = new Float64Array(buffer, this.#block.pointer + mapping, 9);
    this.#plan = this.#kernels.toAddress(this.#block.pointer);
    const start = (this.#addressOf?.(buffer) ?? 0) + this.#block.pointer;
    for (const [field, offset] of this.#offsets) this.#point(picturePlanFields.indexOf(field), start + offset);
  }

  // Stores keep the lower 32 bits of what they are given.
  #point(field: number, address: number): void {
    const word = field * this.#pointerWords;
    this.#struct[word] = address;
    if (this.#pointerWords === 2) this.#struct[word + 1] = address / twoTo32;
  }

  /** Place of a field in the struct, in words: pointers come first. */
  #wordOf(field: number): number {
    return field + Math.min(field, picturePlanPointers) * (this.#pointerWords - 1);
  }
}

const sourceField = picturePlanFields.indexOf('source');
const tensorField = picturePlanFields.indexOf('tensor');

function align(byteLength: number): number {
  return Math.ceil(byteLength / alignment) * alignment;
}

function kernelError(status: number): KernelError {
  const name = kernelStatuses[status] ?? String(status);
  return new KernelError({
    subject: 'kernel preprocess',
    expected: 'status OK',
    received: name,
    remedy: 'The plan does not fit the kernels: build them again with `npm run build:wasm`, or `npm run build:native`.',
    details: { status: name },
  });
}
