import type { ResampleMethod } from './resample-plan.js';
import type { ResampleFilter, ResampleTable } from './resample-table.js';

/** The bytes of the weights of a table as the C kernels of a method read them; `nearest` has none, but an address. */
export function layOutTable(
  method: ResampleMethod,
  table: ResampleTable<Int32Array | Float32Array>,
): Uint8Array | number {
  const { weights, ...rest } = table;
  if (weights instanceof Float32Array) return bytesOf(weights);
  if (method === 'nearest') return Int16Array.BYTES_PER_ELEMENT;
  return bytesOf(layOutWeights(method === 'bilinear' ? 'bilinear' : 'bilinear-antialias', { ...rest, weights }));
}

/** The weights of a table as the C kernels read them: see bilinear_columns_u8_i16 and antialias_columns_u8. */
export function layOutWeights(filter: ResampleFilter, table: ResampleTable): Int16Array {
  return filter === 'bilinear' ? Int16Array.from(table.weights) : antialiasWeights(table);
}

// Two taps at a time: high parts, then low parts of 11 bits, so that a 16-bit dot product takes both.
function antialiasWeights({ weights }: ResampleTable): Int16Array {
  const parts = new Int16Array(weights.length * 2);
  for (let i = 0; i < weights.length; i += 2) {
    parts[2 * i] = weights[i] >> 11;
    parts[2 * i + 1] = weights[i + 1] >> 11;
    parts[2 * i + 2] = weights[i] & 2047;
    parts[2 * i + 3] = weights[i + 1] & 2047;
  }
  return parts;
}

/** The bytes of an array of numbers. */
export function bytesOf(array: Int16Array | Int32Array | Float32Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
