import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ReflexarcError } from '../../src/core/error.js';
import type { Tensor, TensorData } from '../../src/core/tensor.js';
import { OnnxNativeRuntime } from '../../src/infer/onnx-native/onnx-native-runtime.node.js';
import { openVinoRuntime } from '../../src/infer/openvino/openvino-runtime.node.js';
import type { Runtime } from '../../src/infer/runtime.js';
import {
  compareTensors,
  fillInputs,
  type NativeModel,
  nativeModels,
  type Reference,
  runReference,
} from '../native-models.js';
import { openVinoOptions } from '../openvino.js';
import { plainAllocator } from '../unit/infer/plain-allocator.js';

/** The committed table. */
export const tablePath = fileURLToPath(new URL('../../docs/native-models.md', import.meta.url));

/** What became of a model on a runtime. Differences are the largest of any element, in parts of the largest value there. */
export interface Verdict {
  state: 'works' | 'differs' | 'refused';
  /** From the runtime that the model was made for; `null` where one of the two refuses the model. */
  difference: number | null;
  /** What was refused, by whom. */
  words: string;
}

/** A model's line. */
export interface ModelRow {
  id: string;
  /** The runtime that the model was made for. */
  reference: 'ONNX Runtime' | 'LiteRT';
  /** Absent for TensorFlow Lite. */
  onnxNative?: Verdict;
  openvino: Verdict;
  /** Of `openvino`, from OpenVINO's own Python interface; `null` where that refuses the model. */
  fromPython: number | null;
}

/** Beyond this, models are said to differ: what single precision in another order of sums does not explain. */
const worksWithin = 1e-3;

/** Runs every shared model here and in the references. @throws where a runtime here and its own Python disagree on what runs. */
export async function compareModels(): Promise<ModelRow[]> {
  const models = [...nativeModels('onnx'), ...nativeModels('tflite')];
  const onOpenVino = await Promise.all(models.map((model) => runHere(openVinoRuntime, model)));
  const onOnnx = await Promise.all(nativeModels('onnx').map((model) => runHere(new OnnxNativeRuntime(), model)));
  const jobs = models.map((model, i) => ({
    model,
    inputs: (onOnnx[i]?.inputs[0] ? onOnnx[i] : onOpenVino[i])?.inputs ?? [],
  }));
  const python = runReference('openvino', jobs);
  const of = (format: NativeModel['format']) => jobs.filter(({ model }) => model.format === format);
  const others = [...runReference('onnxruntime', of('onnx')), ...runReference('litert', of('tflite'))];
  return models.map(({ name, format }, i) => {
    const [openvino, own, other] = [onOpenVino[i] as Run, python[i] as Reference, others[i] as Reference];
    requireAgreement(name, openvino, own);
    const onnx = onOnnx[i];
    if (onnx) requireAgreement(name, onnx, other);
    return {
      id: name,
      reference: format === 'onnx' ? 'ONNX Runtime' : 'LiteRT',
      ...(onnx && { onnxNative: verdictOf(onnx, other) }),
      openvino: verdictOf(openvino, other),
      fromPython: 'error' in own ? null : largest(openvino.outputs, own),
    };
  });
}

interface Run {
  inputs: readonly Tensor[];
  outputs: readonly Tensor[];
  refusal?: ReflexarcError;
}

async function runHere(runtime: Runtime, model: NativeModel): Promise<Run> {
  try {
    const session = await runtime.open(readFileSync(model.path), model.name, {
      threads: 1,
      slots: 1,
      allocator: plainAllocator,
      inputShapes: model.inputShapes,
      runtimeOptions: openVinoOptions({ precision: 'f32' }),
    });
    const [{ inputs, outputs }] = session.slots as [(typeof session.slots)[0]];
    fillInputs(model, inputs);
    await session.run(session.slots[0] as (typeof session.slots)[0]);
    const kept = outputs.map(({ name, dataType, shape, data }) => ({
      name,
      dataType,
      shape,
      data: data.slice() as TensorData,
    }));
    await session.close();
    return { inputs, outputs: kept };
  } catch (error) {
    if (!(error instanceof ReflexarcError) || error.code !== 'ERR_MODEL_LOAD') throw error;
    return { inputs: [], outputs: [], refusal: error };
  }
}

// What a library runs for Python it runs here, and what it refuses there it refuses here.
function requireAgreement(name: string, run: Run, python: Reference): void {
  if (run.refusal && !('error' in python)) throw new Error(`${name}: Python runs it`, { cause: run.refusal });
  if (!run.refusal && 'error' in python) throw new Error(`${name} runs here, Python refuses it: ${python.error}`);
}

function verdictOf(run: Run, other: Reference): Verdict {
  if (run.refusal) return { state: 'refused', difference: null, words: firstWords(run.refusal.received) };
  if ('error' in other) return { state: 'works', difference: null, words: 'the reference refuses it' };
  const difference = largest(run.outputs, other);
  return { state: difference <= worksWithin ? 'works' : 'differs', difference, words: '' };
}

// Of all outputs, in parts of the largest value of each. Names are not compared: one of several is any of them.
function largest(here: readonly Tensor[], { outputs }: Extract<Reference, { outputs: unknown }>): number {
  const differences = here.map(({ name, dataType, shape, data }, i) => {
    const there = outputs[i];
    const same = there?.dataType === dataType && String(there.shape) === String(shape);
    if (!same) throw new Error(`${name}: ${dataType} [${shape}] here, ${there?.dataType} [${there?.shape}] there`);
    const { absolute } = compareTensors(dataType, data, there.data);
    // Where all is about zero, the range is no measure.
    let range = 1e-3;
    if (dataType === 'float16') range = 1;
    else for (const value of data) range = Math.max(range, Math.abs(Number(value)));
    return absolute / range;
  });
  return Math.max(...differences);
}

// The first sentence, or as much as a table bears.
function firstWords(message: string): string {
  const words = message.replace(/^one that OpenVINO cannot read: (FrontEnd API failed with )?(\w+Failure: )?/, '');
  const operations = /No (conversion rule found for operations: \S+|translator found for \S+ node)/.exec(words);
  const sentence = operations?.[0] ?? words.replace(/\. .*|: tfl.*/s, '');
  const text = sentence.length > 100 ? `${sentence.slice(0, 100)}…` : sentence;
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
}

/** The table as Markdown. */
export function modelTable(rows: readonly ModelRow[]): string {
  const count = (state: Verdict['state'], of: (row: ModelRow) => Verdict | undefined) =>
    rows.filter((row) => of(row)?.state === state).length;
  const counts = (of: (row: ModelRow) => Verdict | undefined) =>
    `works ${count('works', of)}, differs ${count('differs', of)}, refused ${count('refused', of)}`;
  const lines = rows.map(({ id, reference, onnxNative, openvino }) => {
    const words = [onnxNative?.words, openvino.words].filter(Boolean).join(' · ');
    return `| ${id} | ${onnxNative ? told(onnxNative) : '–'} | ${told(openvino)} | ${reference} | ${words} |`;
  });
  return `# Models on native runtimes

Made by \`npx vitest run --project node test/conformance/native-models-table.test.ts -u\`; without \`-u\` that compares
it: do not edit.

Every shared model on the runtimes \`onnx-native\` (ONNX models) and \`openvino\`, on the CPU in single precision with one
thread, on seeded random inputs, with the versions of package.json and test/fixtures/python-requirements.txt. What a library runs for its own
Python it runs here, with the same numbers; what it refuses there is refused here, in its words. The table says how far the outputs are from
the runtime that the model was made for, run from Python, in parts of the largest value of the output: \`works\` is
within ${worksWithin}. Models of 8-bit weights differ where OpenVINO computes between them in single precision; how far depends on the
processor. light_squeezenet.onnx, in single precision throughout, differs as all its weights are 0.02: the thousand numbers before its softmax
would be equal, but they are some 10⁹, where neighbours in single precision are hundreds apart, and of one that is rounded up
the softmax makes all or nothing. ONNX Runtime rounds them alike and gives 0.001 everywhere; OpenVINO does not.

- onnx-native: ${counts((row) => row.onnxNative)}
- openvino: ${counts((row) => row.openvino)}

| model | onnx-native | openvino | compared with | words |
| --- | --- | --- | --- | --- |
${lines.join('\n')}
`;
}

function told({ state, difference }: Verdict): string {
  return state === 'differs' && difference !== null ? `differs by up to ${percent(difference)}` : state;
}

const percentage = /(?<=differs by up to )[\d.]+(?= %)/g;

/**
 * Whether two tables say the same. How far a model differs may be another on another processor, which adds in another order or has
 * other instructions: by a factor of 10 at most.
 */
export function agree(one: string, other: string): boolean {
  const numbers = (table: string) => [...table.matchAll(percentage)].map(([number]) => Number(number));
  const rest = (table: string) => table.replace(percentage, '');
  const others = numbers(other);
  const isNear = (a: number, b: number) => Math.max(a, b) <= 10.001 * Math.min(a, b);
  return rest(one) === rest(other) && numbers(one).every((number, i) => isNear(number, others[i] as number));
}

// To 1, 2 or 5 times a power of ten, upwards.
function percent(difference: number): string {
  const unit = 10 ** Math.floor(Math.log10(difference * 100));
  const step = [1, 2, 5, 10].find((each) => each * unit >= difference * 100) as number;
  return `${Number((step * unit).toPrecision(1))} %`;
}
