import { join } from 'node:path';
import { SyntheticSource } from '../acquire/synthetic/synthetic-source.js';
import { type PipelineDefinition, pipelineDefinitionSchema } from '../core/definition.js';
import type { Frame } from '../core/frame.js';
import { FramePool } from '../core/frame-pool.js';
import { parse } from '../core/parse.js';
import type { Item } from '../core/result.js';
import type { Tensor } from '../core/tensor.js';
import { openVinoRuntime } from '../infer/openvino/openvino-runtime.node.js';
import type { Session } from '../infer/runtime.js';
import { engineResources } from '../pipeline/engine-resources.node.js';
import { loadModel } from '../pipeline/load-model.js';
import { createHead } from '../postprocess/create-head.js';
import { createPlan } from '../preprocess/plan.js';
import { builtInModel } from './run-definition.node.js';

/** The built-in model in this process, a picture for it, and what a pipeline makes of that before and after inference. */
export interface OpenVinoModel extends AsyncDisposable {
  /** Of the model's file. */
  path: string;
  /** Of a pipeline that runs it, with one slot. */
  definition: PipelineDefinition;
  /** A picture of the synthetic camera. */
  frame: Frame;
  /** With one slot, which blocks, and with two. */
  sessions: readonly [Session, Session];
  /** The input that preprocessing makes of the picture; each first slot has it. */
  input: Float32Array;
  /** What the first output says of the picture. */
  decode(output: Float32Array): Item[];
}

// A moment at which there are parts on the belt.
const moment = 40;
const source = { type: 'synthetic', seed: 7, width: 640, height: 360 } as const;

/** Opens it with the C library at a path, in single precision with one thread. @throws as a pipeline that is opened with it. */
export async function openOpenVinoModel(library: string, signal?: AbortSignal): Promise<OpenVinoModel> {
  const definition = parse(
    pipelineDefinitionSchema,
    {
      source,
      model: { type: 'bundle', path: builtInModel },
      runtime: ['openvino'],
      runtimeOptions: { openvino: { library, precision: 'f32' } },
      threads: 1,
      slots: 1,
    },
    'pipeline definition',
  );
  const { threads, runtimeOptions } = definition;
  const kernels = await engineResources.loadKernels(definition.kernels);
  const { weights, path, inputShapes, variant, resolve } = await loadModel(definition, engineResources);
  const frame = await pictureOf(definition, signal);
  const sessions: Session[] = [];
  const close = async () => {
    for (const session of sessions) await session.close();
    frame.close();
  };
  try {
    for (const slots of [1, 2]) {
      const options = { threads, slots, allocator: kernels, inputShapes, runtimeOptions };
      sessions.push(await openVinoRuntime.open(weights, path, options));
    }
    const [first, second] = sessions as [Session, Session];
    const { info, head } = resolve(first, definition);
    const { preprocess, labels, limits } = info;
    const plan = createPlan(kernels, frame, preprocess);
    const { inputs, outputs } = first.slots[0];
    plan.run(frame, inputs[0]);
    const input = (inputs[0].data as Float32Array).slice();
    (second.slots[0].inputs[0].data as Float32Array).set(input);
    const context = {
      input: first.inputs[0],
      layout: preprocess.layout,
      outputs: first.outputs,
      labels,
      limits,
      kernels,
    };
    const decoder = createHead(head, context);
    const decode = (data: Float32Array) => decoder.decode([{ ...outputs[0], data } as Tensor], plan.transform);
    const file = join(builtInModel, variant?.path ?? '');
    return { path: file, definition, frame, sessions: [first, second], input, decode, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function pictureOf({ source }: PipelineDefinition, signal = new AbortController().signal): Promise<Frame> {
  const camera = new SyntheticSource(source as ConstructorParameters<typeof SyntheticSource>[0]);
  await camera.skip(moment, signal);
  return camera.read(new FramePool(), signal);
}
