import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ModelLoadError } from '../../core/error.js';
import { bytesPerElement, type TensorDescriptor } from '../../core/tensor.js';
import { findModelBytesFault, type ModelBytesFault } from '../onnx-bytes.js';
import type { OpenOptions } from '../runtime.js';
import { settleShape } from '../settle-shape.js';
import type { OpenVinoFunction } from './openvino-api.js';
import type { OpenVinoHandle, OpenVinoLibrary } from './openvino-library.node.js';

/** A model that was read, with inputs of fixed shapes. The caller closes `handle`. */
export interface OpenVinoModel {
  handle: OpenVinoHandle;
  inputs: readonly TensorDescriptor[];
  /** A dimension of −1 is known only after a run. */
  outputs: readonly TensorDescriptor[];
  /** Memory that the model goes on reading. */
  held: readonly unknown[];
}

/** What a file is, by its first bytes. */
export function modelFormat(bytes: Uint8Array): 'onnx' | 'tflite' | 'openvino' {
  const head = String.fromCharCode(...bytes.subarray(0, 64));
  if (head.slice(4, 8) === 'TFL3') return 'tflite';
  return /^(\xef\xbb\xbf)?\s*(<\?xml[^>]*>\s*)?<net\b/.test(head) ? 'openvino' : 'onnx';
}

/**
 * Reads a model from memory and fixes the shapes of its inputs.
 * @param weights the `.bin` of an IR. @throws {ModelLoadError} ERR_MODEL_LOAD with OpenVINO's words.
 * @throws {ShapeError} ERR_SHAPE a free dimension that `inputShapes` does not settle.
 */
export async function readModel(
  library: OpenVinoLibrary,
  bytes: Uint8Array,
  name: string,
  { weights, inputShapes }: Pick<OpenOptions, 'weights' | 'inputShapes'>,
): Promise<OpenVinoModel> {
  const format = modelFormat(bytes);
  const fault = format === 'onnx' ? findModelBytesFault(bytes) : undefined;
  if (fault) throw new ModelLoadError({ subject: name, expected, ...fault });
  const held: unknown[] = [];
  let handle: OpenVinoHandle;
  try {
    handle = format === 'tflite' ? await readFile(library, bytes) : await readMemory(library, bytes, weights, held);
  } catch (cause) {
    const words = explain(cause as Error, format, weights);
    throw new ModelLoadError({ subject: name, expected, ...words, cause });
  }
  try {
    const declared = describe(library, handle, 'input', name);
    const inputs = declared.map((input) => settleShape(input, name, inputShapes));
    reshape(library, handle, name, declared, inputs);
    return { handle, inputs, outputs: describe(library, handle, 'output', name), held };
  } catch (error) {
    handle.close();
    throw error;
  }
}

const expected = 'an ONNX, TensorFlow Lite or OpenVINO IR model';

async function readMemory(
  library: OpenVinoLibrary,
  bytes: Uint8Array,
  weights: Uint8Array | undefined,
  held: unknown[],
): Promise<OpenVinoHandle> {
  const read = 'ov_core_read_model_from_memory_buffer';
  const { ffi, core } = library;
  if (!weights) return library.createAsync('ov_model_t', read, core, ffi.address(bytes), bytes.byteLength, null);
  // The model reads its constants where they lie, for as long as it lives.
  held.push(weights);
  using tensor = hostTensor(library, { name: '', dataType: 'uint8', shape: [weights.byteLength] }, weights);
  return await library.createAsync('ov_model_t', read, core, ffi.address(bytes), bytes.byteLength, tensor.pointer);
}

// This format is read from files only.
async function readFile(library: OpenVinoLibrary, bytes: Uint8Array): Promise<OpenVinoHandle> {
  const folder = await mkdtemp(join(tmpdir(), 'reflexarc-'));
  try {
    const path = join(folder, 'model.tflite');
    await writeFile(path, bytes, { mode: 0o600 });
    return await library.createAsync('ov_model_t', 'ov_core_read_model', library.core, path, null);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A tensor over memory that the caller keeps where it is. */
export function hostTensor(
  library: OpenVinoLibrary,
  { dataType, shape }: TensorDescriptor,
  memory: ArrayBufferView,
): OpenVinoHandle {
  const dims = BigInt64Array.from(shape, BigInt);
  return library.create(
    'ov_tensor_t',
    'ov_tensor_create_from_host_ptr',
    library.elementTypes.numberOf(dataType),
    { rank: shape.length, dims: library.ffi.address(dims) },
    library.ffi.address(memory),
  );
}

function describe(
  library: OpenVinoLibrary,
  model: OpenVinoHandle,
  kind: 'input' | 'output',
  subject: string,
): TensorDescriptor[] {
  const count = library.number(`ov_model_${kind}s_size`, model.pointer);
  return Array.from({ length: count }, (_, index) => {
    const byIndex: OpenVinoFunction = `ov_model_const_${kind}_by_index`;
    using port = library.create('ov_output_const_port_t', byIndex, model.pointer, index);
    const name = portName(library, port) ?? `${kind}${index}`;
    const type = library.elementTypes.typeOf(library.number('ov_port_get_element_type', port.pointer));
    if (!type.dataType) {
      throw new ModelLoadError({
        subject: `${subject}: ${kind} ${name}`,
        expected: `a tensor of ${Object.keys(bytesPerElement).join(', ')}`,
        received: type.name,
        remedy: 'Export the model with one of these types at its border, e.g. by a Cast node.',
      });
    }
    return { name, dataType: type.dataType, shape: portShape(library, port) };
  });
}

function portName(library: OpenVinoLibrary, port: OpenVinoHandle): string | undefined {
  try {
    return library.text('ov_port_get_any_name', port.pointer);
  } catch {
    // It has none.
    return undefined;
  }
}

interface Dimension {
  min: number | bigint;
  max: number | bigint;
}

// A shape of unknown rank is one free dimension: whoever needs more must be told it.
function portShape(library: OpenVinoLibrary, port: OpenVinoHandle): number[] {
  const shape = {} as { rank: Dimension; dims: bigint | null };
  library.call('ov_port_get_partial_shape', port.pointer, shape);
  try {
    const rank = Number(shape.rank.max);
    if (rank < 0) return [-1];
    if (rank === 0) return [];
    const dims = library.ffi.decode(shape.dims, 'ov_dimension_t', rank) as Dimension[];
    return dims.map(({ min, max }) => (Number(min) === Number(max) ? Number(max) : -1));
  } finally {
    library.call('ov_partial_shape_free', shape);
  }
}

function reshape(
  library: OpenVinoLibrary,
  model: OpenVinoHandle,
  name: string,
  declared: readonly TensorDescriptor[],
  settled: readonly TensorDescriptor[],
): void {
  const changed = settled.flatMap(({ shape }, index) =>
    declared[index]?.shape.includes(-1) ? [{ index, shape }] : [],
  );
  if (changed.length === 0) return;
  const dims = changed.map(({ shape }) => BigInt64Array.from(shape.flatMap((size) => [BigInt(size), BigInt(size)])));
  const shapes = changed.map(({ shape }, i) => ({
    rank: { min: shape.length, max: shape.length },
    dims: library.ffi.address(dims[i] as BigInt64Array),
  }));
  const indexes = BigUint64Array.from(changed, ({ index }) => BigInt(index));
  try {
    library.call('ov_model_reshape_by_port_indexes', model.pointer, indexes, shapes, changed.length);
  } catch (cause) {
    const wanted = changed.map(({ index, shape }) => `${settled[index]?.name} [${shape.join(', ')}]`);
    throw new ModelLoadError({
      subject: name,
      expected: `a model that can be given the shapes ${wanted.join(', ')}`,
      received: (cause as Error).message,
      remedy: 'Give other shapes, or export the model with fixed ones.',
      cause,
    });
  }
}

function explain({ message }: Error, format: string, weights: Uint8Array | undefined): ModelBytesFault {
  if (format === 'openvino' && !weights) {
    return {
      received: `an IR without its weights (${message})`,
      remedy: 'Put the .bin beside the .xml, under the same name.',
    };
  }
  return {
    received: `one that OpenVINO cannot read: ${message}`,
    remedy: 'Compare size and sha256 with the original; export the model with operators that OpenVINO knows.',
  };
}
