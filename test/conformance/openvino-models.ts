import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Tensor } from '../../src/core/tensor.js';
import { openVinoRuntime } from '../../src/infer/openvino/openvino-runtime.node.js';
import { float16Value } from '../../src/kernels/reference/float16.js';
import { openVinoOptions } from '../openvino.js';
import {
  type NativeModel,
  nativeModels,
  type ReferenceRun,
  type ReferenceTensor,
  runReference,
} from '../reference-runs.js';
import { plainAllocator } from '../unit/infer/plain-allocator.js';

/** The committed table. */
export const tablePath = fileURLToPath(new URL('../../docs/openvino-models.md', import.meta.url));

/** What became of a model. Differences are the largest of any element, in parts of the largest value there. */
export interface ModelRow {
  id: string;
  /** The runtime that the model was made for. */
  reference: 'onnxruntime' | 'litert';
  state: 'works' | 'differs' | 'refused';
  /** From that runtime; `null` where one of the two refuses the model. */
  difference: number | null;
  /** From OpenVINO's own Python interface. */
  fromPython: number | null;
  /** What was refused, by whom. */
  words: string;
}

/** Beyond this, models are said to differ: what single precision in another order of sums does not explain. */
const worksWithin = 1e-3;

/** Runs every shared model here and in the references. @throws where this package and OpenVINO's Python disagree on what runs. */
export async function compareModels(): Promise<{ versions: Record<string, string>; rows: ModelRow[] }> {
  const folder = mkdtempSync(join(tmpdir(), 'reflexarc-models-'));
  try {
    const python = runReference('openvino', nativeModels('onnx', 'tflite'), folder);
    const onnx = runReference('onnxruntime', nativeModels('onnx'), folder);
    const tflite = runReference('litert', nativeModels('tflite'), folder);
    const rows: ModelRow[] = [];
    for (const model of nativeModels('onnx', 'tflite')) {
      const reference = model.id.startsWith('onnx') ? 'onnxruntime' : 'litert';
      const other = (reference === 'onnxruntime' ? onnx : tflite).runs.get(model.id) as ReferenceRun;
      rows.push(await compareModel(model, reference, python.runs.get(model.id) as ReferenceRun, other));
    }
    return { versions: { openvino: python.version, onnxruntime: onnx.version, litert: tflite.version }, rows };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function compareModel(
  model: NativeModel,
  reference: ModelRow['reference'],
  python: ReferenceRun,
  other: ReferenceRun,
): Promise<ModelRow> {
  const row = { id: model.id, reference, difference: null, fromPython: null, words: '' };
  const outputs = await runHere(model, python).catch((error: Error & { code?: string; received?: string }) => error);
  if (outputs instanceof Error) {
    if (outputs.code !== 'ERR_MODEL_LOAD') throw outputs;
    if (!('refused' in python)) throw new Error(`${model.id}: Python runs it`, { cause: outputs });
    const alike = 'refused' in other ? ', as the reference does' : '';
    return { ...row, state: 'refused', words: `${firstWords(outputs.received ?? outputs.message)}${alike}` };
  }
  if ('refused' in python) throw new Error(`${model.id} runs here, Python refuses it: ${python.refused}`);
  const fromPython = largest(outputs, python.outputs);
  if ('refused' in other) return { ...row, state: 'works', fromPython, words: 'the reference refuses it' };
  const difference = largest(outputs, other.outputs);
  return { ...row, state: difference <= worksWithin ? 'works' : 'differs', difference, fromPython };
}

async function runHere(model: NativeModel, python: ReferenceRun): Promise<readonly Tensor[]> {
  const session = await openVinoRuntime.open(readFileSync(model.path), model.id, {
    threads: 1,
    slots: 1,
    allocator: plainAllocator,
    inputShapes: model.shapes,
    runtimeOptions: openVinoOptions({ precision: 'f32' }),
  });
  try {
    const [slot] = session.slots;
    if ('refused' in python) return [];
    python.inputs.forEach(({ bytes, ...input }, i) => {
      const tensor = slot.inputs[i] as Tensor;
      requireSame(model.id, tensor, input);
      new Uint8Array(tensor.data.buffer).set(bytes);
    });
    await session.run(slot);
    python.outputs.forEach((output, i) => {
      requireSame(model.id, slot.outputs[i] as Tensor, output);
    });
    return slot.outputs;
  } finally {
    await session.close();
  }
}

function requireSame(model: string, here: Tensor, there: Omit<ReferenceTensor, 'bytes'>): void {
  const text = ({ name, dataType, shape }: Omit<ReferenceTensor, 'bytes'>) => `${name} ${dataType} [${shape}]`;
  const own = text({ name: here.name, dataType: here.dataType, shape: [...here.shape] });
  if (own !== text(there)) throw new Error(`${model}: ${own} here, ${text(there)} in Python`);
}

function largest(here: readonly Tensor[], there: readonly ReferenceTensor[]): number {
  let worst = 0;
  for (const [i, { data, dataType, name }] of here.entries()) {
    const Elements = data.constructor as new (buffer: ArrayBufferLike) => ArrayLike<number | bigint>;
    const other = new Elements((there[i] as ReferenceTensor).bytes.buffer);
    if (other.length !== data.length) throw new Error(`${name}: ${data.length} elements here, ${other.length} there`);
    const value = dataType === 'float16' ? float16Value : Number;
    let [difference, range] = [0, 0];
    for (let e = 0; e < other.length; e++) {
      const [a, b] = [value(data[e] as number), value(other[e] as number)];
      const distance = Math.abs(a - b);
      if (Number.isNaN(distance) && !Object.is(a, b)) return Number.POSITIVE_INFINITY;
      difference = Math.max(difference, distance || 0);
      range = Math.max(range, Math.abs(b));
    }
    // Where all is about zero, the range is no measure.
    worst = Math.max(worst, difference / Math.max(range, 1e-3));
  }
  return worst;
}

// The first sentence, or as much as a table bears.
function firstWords(message: string): string {
  const words = message.replace(/^one that OpenVINO cannot read: (FrontEnd API failed with )?(\w+Failure: )?/, '');
  const operations = /No (conversion rule found for operations: \S+|translator found for \S+ node)/.exec(words);
  const sentence = operations?.[0] ?? words.replace(/\. .*|: tfl.*/s, '');
  const text = sentence.length > 100 ? `${sentence.slice(0, 100)}…` : sentence;
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
}

/** The table as Markdown. It says nothing that another processor, which adds in another order, would say otherwise. */
export function modelTable({ versions, rows }: Awaited<ReturnType<typeof compareModels>>): string {
  const count = (state: ModelRow['state']) => rows.filter((row) => row.state === state).length;
  const lines = rows.map(({ id, reference, state, difference, words }) => {
    const verdict = state === 'differs' && difference !== null ? `differs by up to ${percent(difference)}` : state;
    return `| ${id} | ${verdict} | ${versionOf(reference, versions)} | ${words} |`;
  });
  return `# Models on OpenVINO

Made by \`npx vitest run --project node test/conformance/openvino-models.test.ts -u\`; without \`-u\` that compares
it: do not edit.

Every shared model on the runtime \`openvino\` (OpenVINO ${versions.openvino?.split('-')[0]}, CPU, single precision, one thread) on seeded random
inputs. What it gives equals OpenVINO's own Python interface in each of the ${rows.length - count('refused')} models that this compiles; what that refuses is
refused here. The table says how far both are from the runtime that the model was made for, in parts of the largest
value of the output: \`works\` is within ${worksWithin}. Models of 8-bit weights differ where OpenVINO computes between them in
single precision.

Works ${count('works')}, differs ${count('differs')}, refused ${count('refused')}.

| model | here | compared with | words |
| --- | --- | --- | --- |
${lines.join('\n')}
`;
}

function versionOf(reference: ModelRow['reference'], versions: Record<string, string>): string {
  return `${reference === 'litert' ? 'LiteRT' : 'ONNX Runtime'} ${versions[reference]}`;
}

// To 1, 2 or 5 times a power of ten, upwards.
function percent(difference: number): string {
  const unit = 10 ** Math.floor(Math.log10(difference * 100));
  const step = [1, 2, 5, 10].find((each) => each * unit >= difference * 100) as number;
  return `${Number((step * unit).toPrecision(1))} %`;
}
