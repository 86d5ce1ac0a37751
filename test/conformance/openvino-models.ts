import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ReflexarcError } from '../../src/core/error.js';
import type { Tensor } from '../../src/core/tensor.js';
import { openVinoRuntime } from '../../src/infer/openvino/openvino-runtime.node.js';
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
export const tablePath = fileURLToPath(new URL('../../docs/openvino-models.md', import.meta.url));

/** What became of a model. Differences are the largest of any element, in parts of the largest value there. */
export interface ModelRow {
  id: string;
  /** The runtime that the model was made for. */
  reference: 'ONNX Runtime' | 'LiteRT';
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
export async function compareModels(): Promise<ModelRow[]> {
  const models = [...nativeModels('onnx'), ...nativeModels('tflite')];
  const here = await Promise.all(models.map(runHere));
  const jobs = models.map((model, i) => ({ model, inputs: here[i]?.inputs ?? [] }));
  const python = runReference('openvino', jobs);
  const of = (format: NativeModel['format']) => jobs.filter(({ model }) => model.format === format);
  const others = [...runReference('onnxruntime', of('onnx')), ...runReference('litert', of('tflite'))];
  return models.map((model, i) => rowOf(model, here[i] as Run, python[i] as Reference, others[i] as Reference));
}

interface Run {
  inputs: readonly Tensor[];
  outputs: readonly Tensor[];
  refusal?: ReflexarcError;
}

async function runHere(model: NativeModel): Promise<Run> {
  try {
    const session = await openVinoRuntime.open(readFileSync(model.path), model.name, {
      threads: 1,
      slots: 1,
      allocator: plainAllocator,
      inputShapes: model.inputShapes,
      runtimeOptions: openVinoOptions({ precision: 'f32' }),
    });
    const [{ inputs, outputs }] = session.slots as [(typeof session.slots)[0]];
    fillInputs(model, inputs);
    await session.run(session.slots[0] as (typeof session.slots)[0]);
    await session.close();
    return { inputs, outputs };
  } catch (error) {
    if (!(error instanceof ReflexarcError) || error.code !== 'ERR_MODEL_LOAD') throw error;
    return { inputs: [], outputs: [], refusal: error };
  }
}

function rowOf({ name, format }: NativeModel, run: Run, python: Reference, other: Reference): ModelRow {
  const reference = format === 'onnx' ? 'ONNX Runtime' : 'LiteRT';
  const row = { id: name, reference, difference: null, fromPython: null, words: '' } as const;
  if (run.refusal) {
    if (!('error' in python)) throw new Error(`${name}: Python runs it`, { cause: run.refusal });
    return { ...row, state: 'refused', words: firstWords(run.refusal.received) };
  }
  if ('error' in python) throw new Error(`${name} runs here, Python refuses it: ${python.error}`);
  const fromPython = largest(run.outputs, python);
  if ('error' in other) return { ...row, state: 'works', fromPython, words: 'the reference refuses it' };
  const difference = largest(run.outputs, other);
  return { ...row, state: difference <= worksWithin ? 'works' : 'differs', difference, fromPython };
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

/** The table as Markdown. It says nothing that another processor, which adds in another order, would say otherwise. */
export function modelTable(rows: readonly ModelRow[]): string {
  const count = (state: ModelRow['state']) => rows.filter((row) => row.state === state).length;
  const lines = rows.map(({ id, reference, state, difference, words }) => {
    const verdict = state === 'differs' && difference !== null ? `differs by up to ${percent(difference)}` : state;
    return `| ${id} | ${verdict} | ${reference} | ${words} |`;
  });
  return `# Models on OpenVINO

Made by \`npx vitest run --project node test/conformance/openvino-models.test.ts -u\`; without \`-u\` that compares
it: do not edit.

Every shared model on the runtime \`openvino\` (CPU, single precision, one thread) on seeded random inputs, with the versions of
test/fixtures/python-requirements.txt. What it gives equals OpenVINO's own Python interface in each of the ${rows.length - count('refused')} models that this compiles; what that refuses is
refused here. The table says how far both are from the runtime that the model was made for, in parts of the largest
value of the output: \`works\` is within ${worksWithin}. Models of 8-bit weights differ where OpenVINO computes between them in
single precision.

Works ${count('works')}, differs ${count('differs')}, refused ${count('refused')}.

| model | here | compared with | words |
| --- | --- | --- | --- |
${lines.join('\n')}
`;
}

// To 1, 2 or 5 times a power of ten, upwards.
function percent(difference: number): string {
  const unit = 10 ** Math.floor(Math.log10(difference * 100));
  const step = [1, 2, 5, 10].find((each) => each * unit >= difference * 100) as number;
  return `${Number((step * unit).toPrecision(1))} %`;
}
