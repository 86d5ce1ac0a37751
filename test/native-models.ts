import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Tensor, type TensorData, type TensorDescriptor, tensorArrays } from '../src/core/tensor.js';
import { assetPath, haveAssets } from './assets.js';
import { python } from './python.js';

/** A model of the test assets. */
export interface NativeModel {
  /** File name. */
  name: string;
  path: string;
  format: 'onnx' | 'tflite';
  /** Shapes for inputs with free dimensions, as `OpenOptions` has them. */
  inputShapes?: Record<string, readonly number[]>;
  /** Numbers of inputs that mean something else than a signal, by input name. */
  fixed?: Record<string, readonly (number | bigint)[]>;
}

const settings: Readonly<Record<string, Pick<NativeModel, 'inputShapes' | 'fixed'>>> = {
  'silero_vad.onnx': {
    inputShapes: { input: [1, 512], state: [2, 1, 128] },
    fixed: { sr: [16000n] },
  },
  'text_detection_ch_ppocrv3.onnx': { inputShapes: { x: [1, 3, 192, 256] } },
};

/** Every model of the test assets, by format and name. None where the assets are not there. */
export function nativeModels(format: NativeModel['format']): NativeModel[] {
  if (!haveAssets) return [];
  const folders = { onnx: ['models/onnx', 'conformance/onnx_light'], tflite: ['models/tflite'] }[format];
  return folders.flatMap((folder) =>
    readdirSync(assetPath(folder))
      .filter((name) => name.endsWith(`.${format}`))
      .sort()
      .map((name) => ({ name, path: assetPath(`${folder}/${name}`), format, ...settings[name] })),
  );
}

/**
 * Fills inputs with numbers that are always the same for a model: −1…1 of floats, all values of bytes, 0 and 1 of wider
 * whole numbers. Where `fixed` has numbers for an input, those.
 */
export function fillInputs(model: NativeModel, inputs: readonly Tensor[]): void {
  let state = [...model.name].reduce((sum, letter) => (Math.imul(sum, 31) + letter.charCodeAt(0)) >>> 0, 7);
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  for (const { name, dataType, data } of inputs) {
    const fixed = model.fixed?.[name];
    for (let i = 0; i < data.length; i++) {
      const unit = next();
      if (fixed) data[i] = fixed[i] as never;
      else if (dataType === 'float32') data[i] = unit * 2 - 1;
      else if (dataType === 'float16') data[i] = float16Bits(unit);
      else if (dataType === 'uint8') data[i] = Math.floor(unit * 256);
      else if (dataType === 'int8') data[i] = Math.floor(unit * 256) - 128;
      else if (dataType === 'int32') data[i] = Math.round(unit);
      else data[i] = BigInt(Math.round(unit));
    }
  }
}

// −1…1 in steps of 2⁻¹⁰ from 2⁻⁴ on, with any sign: bits put together, nothing rounded.
function float16Bits(unit: number): number {
  const pattern = Math.floor(unit * 8192);
  const sign = (pattern & 1) << 15;
  const exponent = 11 + ((pattern >> 1) & 3);
  return sign | (exponent << 10) | ((pattern >> 3) & 1023);
}

/** What a library of Python's makes of a model: its outputs, or its words where it refuses. */
export type Reference = { outputs: (TensorDescriptor & { data: TensorData | Float64Array })[] } | { error: string };

/** A model and its inputs, filled. */
export interface ReferenceJob {
  model: NativeModel;
  inputs: readonly Tensor[];
}

const script = fileURLToPath(new URL('fixtures/run-models.py', import.meta.url));
const moreArrays: Record<string, unknown> = {
  ...tensorArrays,
  bool: Uint8Array,
  int16: Int16Array,
  float64: Float64Array,
};

/** Runs models with a library of Python's, all in one process. Gives an answer per job. @throws {Error} Python does not start. */
export function runReference(
  library: 'onnxruntime' | 'litert' | 'openvino',
  jobs: readonly ReferenceJob[],
): Reference[] {
  const folder = mkdtempSync(join(tmpdir(), 'reflexarc-reference-'));
  try {
    const described = jobs.map(({ model, inputs }, job) => ({
      model: model.path,
      inputs: inputs.map(({ name, dataType, shape, data }, at) => {
        const file = join(folder, `input-${job}-${at}.bin`);
        writeFileSync(file, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
        return { name, dataType, shape, file };
      }),
    }));
    const list = join(folder, 'jobs.json');
    writeFileSync(list, JSON.stringify(described));
    const { status, stdout, stderr } = spawnSync(python, [script, library, list, folder], {
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
    });
    if (status !== 0) throw new Error(`${basename(script)} ended with ${status}: ${stderr.slice(-2000)}`);
    type Answer = { error: string } | { outputs: (TensorDescriptor & { file: string })[] };
    return (JSON.parse(stdout.trim().split('\n').at(-1) as string) as Answer[]).map((answer) => {
      if ('error' in answer) return answer;
      return {
        outputs: answer.outputs.map(({ file, ...descriptor }) => {
          const bytes = Uint8Array.from(readFileSync(file));
          const Elements = moreArrays[descriptor.dataType] as new (buffer: ArrayBuffer) => TensorData;
          return { ...descriptor, data: new Elements(bytes.buffer) };
        }),
      };
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** How far apart two tensors are. */
export interface Difference {
  /** Largest difference. */
  absolute: number;
  /** Largest difference, of the larger of 1 and what the reference has there. */
  relative: number;
  /** Share of the numbers that differ at all. */
  share: number;
}

/** Compares numbers of the same type, float16 as bits. NaN equals NaN. */
export function compareTensors(dataType: string, own: TensorData, other: ArrayLike<number | bigint>): Difference {
  const read = dataType === 'float16' ? float16Value : Number;
  const difference: Difference = { absolute: 0, relative: 0, share: 0 };
  if (own.length !== other.length) return { absolute: Infinity, relative: Infinity, share: 1 };
  let differing = 0;
  for (let i = 0; i < own.length; i++) {
    const [a, b] = [read(own[i] as number), read(other[i] as number)];
    if (Object.is(a, b) || a === b) continue;
    differing++;
    const distance = Math.abs(a - b);
    difference.absolute = Number.isNaN(distance) ? Infinity : Math.max(difference.absolute, distance);
    difference.relative = Math.max(
      difference.relative,
      difference.absolute === Infinity ? Infinity : distance / Math.max(1, Math.abs(b)),
    );
  }
  return { ...difference, share: own.length === 0 ? 0 : differing / own.length };
}

function float16Value(bits: number | bigint): number {
  const [sign, exponent, fraction] = [Number(bits) >> 15, (Number(bits) >> 10) & 31, Number(bits) & 1023];
  const size = exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15);
  const value = exponent === 31 ? (fraction ? Number.NaN : Number.POSITIVE_INFINITY) : size;
  return sign ? -value : value;
}
