import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { assetPath, haveAssets } from './assets.js';
import { python } from './python.js';

/** A model of the shared assets, with what a runtime must be told to run it. */
export interface NativeModel {
  /** Its folder and file, e.g. `onnx/yunet_n_320_320.onnx`. */
  id: string;
  path: string;
  /** Shapes for free dimensions, by input name. */
  shapes?: Record<string, number[]>;
  /** Inputs that hold one number, e.g. a sample rate, by name. */
  values?: Record<string, number>;
}

const told: Record<string, Pick<NativeModel, 'shapes' | 'values'>> = {
  'onnx/silero_vad.onnx': { shapes: { input: [1, 576], state: [2, 1, 128] }, values: { sr: 16000 } },
  'onnx/text_detection_ch_ppocrv3.onnx': { shapes: { x: [1, 3, 320, 320] } },
};

/** Every shared model of these formats, by name. */
export function nativeModels(...formats: readonly ('onnx' | 'tflite')[]): NativeModel[] {
  if (!haveAssets) return [];
  return formats.flatMap((format) =>
    readdirSync(assetPath(`models/${format}`))
      .filter((file) => file.endsWith(`.${format}`))
      .sort()
      .map((file) => {
        const id = `${format}/${basename(file)}`;
        return { id, path: assetPath(`models/${id}`), ...told[id] };
      }),
  );
}

/** A tensor of a reference run. `dataType` is NumPy's word, which is WebNN's but for `bool`. */
export interface ReferenceTensor {
  name: string;
  dataType: string;
  shape: number[];
  /** Raw little-endian elements. */
  bytes: Uint8Array;
}

/** What a reference runtime makes of a model. */
export type ReferenceRun = { inputs: ReferenceTensor[]; outputs: ReferenceTensor[] } | { refused: string };

interface Listed {
  id: string;
  refused?: string;
  inputs?: (Omit<ReferenceTensor, 'bytes'> & { file: string })[];
  outputs?: (Omit<ReferenceTensor, 'bytes'> & { file: string })[];
}

/**
 * Runs models in a runtime of Python on seeded random inputs, which are the same for every runtime.
 * @param folder an empty one for the tensors.
 */
export function runReference(
  runtime: 'openvino' | 'onnxruntime' | 'litert',
  models: readonly NativeModel[],
  folder: string,
): { version: string; runs: Map<string, ReferenceRun> } {
  const script = fileURLToPath(new URL('./fixtures/reference-runs.py', import.meta.url));
  const { status, stdout, stderr } = spawnSync(python, [script, runtime, folder], {
    input: JSON.stringify(models),
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  if (status !== 0) throw new Error(`${script} ${runtime} ended with ${status}: ${stderr.slice(-2000)}`);
  const { version, results } = JSON.parse(stdout.slice(stdout.lastIndexOf('\n{') + 1)) as {
    version: string;
    results: Listed[];
  };
  const read = (tensors: Listed['inputs'] = []) =>
    tensors.map(({ file, ...tensor }) => ({ ...tensor, bytes: new Uint8Array(readFileSync(join(folder, file))) }));
  const runs = new Map<string, ReferenceRun>();
  for (const { id, refused, inputs, outputs } of results) {
    runs.set(id, refused === undefined ? { inputs: read(inputs), outputs: read(outputs) } : { refused });
  }
  return { version, runs };
}
