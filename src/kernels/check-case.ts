import { picturePlanFields, picturePlanPointers } from './kernel-exports.js';
import { layOutPicture } from './picture-image.js';
import type { PicturePlan } from './picture-plan.js';

const pointerBytes = 8;

/**
 * A picture case as the native check driver reads it from its standard input (simd/check/check.c): how plans run
 * on kernels that are not wasm. The tables are the very ones that the wasm kernels get. `frames` are run one after the other; all are
 * as long as the plan's.
 */
export function encodePictureCase(plan: PicturePlan, ...frames: readonly Uint8Array[]): Uint8Array {
  const { numbers, sections } = layOutPicture(plan, pointerBytes);
  const parts: Uint8Array[] = [int32(1, frames.length)];
  const source = concatenate(frames);
  for (const field of picturePlanFields.slice(picturePlanPointers)) parts.push(int32(numbers[field] ?? 0));
  for (const field of picturePlanFields.slice(0, picturePlanPointers)) {
    const section = field === 'source' ? source : (sections[field] ?? 0);
    if (typeof section === 'number') parts.push(int32(section, 0));
    else parts.push(int32(section.byteLength, 1), section);
  }
  return concatenate(parts);
}

/** A suppression as the native check driver reads it. */
export function encodeNmsCase(
  boxes: Float32Array,
  scores: Float32Array,
  classes: Int32Array,
  limits: { iouThreshold: number; scoreThreshold: number; topK: number },
): Uint8Array {
  const thresholds = Float32Array.of(limits.iouThreshold, limits.scoreThreshold);
  const parts = [thresholds, boxes, scores, classes].map(
    (array) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength),
  );
  return concatenate([int32(2, scores.length, limits.topK), ...parts]);
}

function int32(...values: number[]): Uint8Array {
  return new Uint8Array(Int32Array.from(values).buffer);
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.byteLength;
  }
  return all;
}
