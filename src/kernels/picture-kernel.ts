import { KernelError } from '../core/error.js';
import { kernelStatuses, type PicturePlanField, picturePlanFields } from './kernel-exports.js';
import type { KernelBuffer } from './kernel-memory.js';
import type { Kernels } from './kernels.js';
import { layOutPicture } from './picture-image.js';
import type { PicturePlan } from './picture-plan.js';
import { ReferencePreprocess } from './reference/preprocess.js';

/** What a picture kernel fills. */
export type PictureOutput = Float32Array | Uint16Array | Uint8Array;

/** A picture plan made ready on one tier. */
export interface PictureKernel {
  /** Copies that a run makes of a picture outside kernel memory. */
  readonly frameCopies: 0 | 1;
  /** Fills a whole tensor. Sizes are the caller's to check. Allocates nothing. */
  run(source: Uint8Array, output: PictureOutput): void;
  close(): void;
}

/** Makes a plan ready to run. Owns kernel memory until `close()`. */
export function openPictureKernel(kernels: Kernels, plan: PicturePlan): PictureKernel {
  if (kernels.exports) return new WasmPictureKernel(kernels, plan);
  const reference = new ReferencePreprocess(plan);
  return { frameCopies: 0, run: (source, output) => reference.run(source, output), close() {} };
}

const sourceField = picturePlanFields.indexOf('source');
const tensorField = picturePlanFields.indexOf('tensor');
const alignment = 16;

class WasmPictureKernel implements PictureKernel {
  readonly frameCopies = 1;
  readonly #kernels: Kernels;
  readonly #preprocess: (plan: number) => number;
  // The struct, then every table and line buffer.
  readonly #block: KernelBuffer;
  readonly #source: KernelBuffer;
  readonly #tensorBytes: number;
  // Where a tensor outside kernel memory is made before it is copied there.
  #staging: KernelBuffer | undefined;
  #fields: Int32Array;
  // Views of the used part of longer buffers, made once per buffer.
  readonly #trimmed = new WeakMap<Uint8Array, Uint8Array>();

  constructor(kernels: Kernels, plan: PicturePlan) {
    const { numbers, sections } = layOutPicture(plan);
    this.#kernels = kernels;
    this.#preprocess = kernels.exports!.preprocess;
    this.#tensorBytes = sections.tensor as number;
    const offsets = new Map<PicturePlanField, number>();
    let end = align(picturePlanFields.length * 4);
    for (const field of picturePlanFields) {
      const section = sections[field];
      if (section === undefined || section === 0 || field === 'source' || field === 'tensor') continue;
      offsets.set(field, end);
      end += align(typeof section === 'number' ? section : section.byteLength);
    }
    this.#source = kernels.allocate(plan.sourceBytes);
    this.#block = kernels.allocate(end);
    const bytes = this.#block.bytes;
    this.#fields = this.#viewFields();
    picturePlanFields.forEach((field, index) => {
      const offset = offsets.get(field);
      const section = sections[field];
      this.#fields[index] = numbers[field] ?? (offset === undefined ? 0 : this.#block.pointer + offset);
      if (offset !== undefined && section instanceof Uint8Array) bytes.set(section, offset);
    });
  }

  run(source: Uint8Array, output: PictureOutput): void {
    const inPlace = output.buffer === this.#kernels.memory.buffer;
    if (!inPlace) this.#staging ??= this.#kernels.allocate(this.#tensorBytes);
    const { buffer } = this.#kernels.memory;
    if (this.#fields.buffer !== buffer) this.#fields = this.#viewFields();
    this.#fields[sourceField] = source.buffer === buffer ? source.byteOffset : this.#copyIn(source);
    this.#fields[tensorField] = inPlace ? output.byteOffset : this.#staging!.pointer;
    const status = this.#preprocess(this.#block.pointer);
    if (status !== 0) throw kernelError(status);
    if (!inPlace) copyOut(this.#staging!.bytes, output);
  }

  close(): void {
    this.#block.close();
    this.#source.close();
    this.#staging?.close();
  }

  #copyIn(source: Uint8Array): number {
    const { bytes, pointer, byteLength } = this.#source;
    let used = source;
    if (source.byteLength !== byteLength) {
      used = this.#trimmed.get(source) ?? source.subarray(0, byteLength);
      this.#trimmed.set(source, used);
    }
    bytes.set(used);
    return pointer;
  }

  #viewFields(): Int32Array {
    return new Int32Array(this.#kernels.memory.buffer, this.#block.pointer, picturePlanFields.length);
  }
}

function align(byteLength: number): number {
  return Math.ceil(byteLength / alignment) * alignment;
}

function copyOut(staged: Uint8Array, output: PictureOutput): void {
  new Uint8Array(output.buffer, output.byteOffset, output.byteLength).set(staged);
}

function kernelError(status: number): KernelError {
  const name = kernelStatuses[status] ?? String(status);
  return new KernelError({
    subject: 'kernel preprocess',
    expected: 'status OK',
    received: name,
    remedy: 'The plan does not fit the kernels: rebuild them with `npm run build:wasm`.',
    details: { status: name },
  });
}
