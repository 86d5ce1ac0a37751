import type { Bundle } from '../bundle/read-bundle.js';
import { sha256 } from '../bundle/sha256.js';
import { ModelLoadError } from '../core/error.js';
import type { HeadSpec, ModelVariant } from '../core/manifest.js';
import { isOutOfMemory, memoryFault } from '../core/model-limits.js';
import { type PreprocessSpec, preprocessedShape } from '../core/preprocess-spec.js';
import type { TensorDescriptor } from '../core/tensor.js';
import type { EngineDefinition } from './engine.js';
import type { EngineResources } from './local-engine.js';
import type { ModelInfo } from './pipeline.js';

/** A model with everything that says how to use it. */
export interface LoadedModel {
  info: ModelInfo;
  head: HeadSpec;
  variant?: ModelVariant;
}

/** A model's bytes, before a runtime has told its inputs and outputs. */
export interface ModelSource {
  path: string;
  weights: Uint8Array;
  /** The second file of a model that has two: the `.bin` of OpenVINO's IR. */
  binary?: Uint8Array;
  /** Shapes for free dimensions, by input name; from the manifest, or from the preprocessing where that is given. */
  inputShapes?: Record<string, readonly number[]>;
  bundle?: Bundle;
  variant?: ModelVariant;
  /** Completes the model once its tensors are known. @throws {ShapeError} ERR_SHAPE where a preset does not fit. */
  resolve(
    tensors: { inputs: readonly TensorDescriptor[]; outputs: readonly TensorDescriptor[] },
    definition: EngineDefinition,
  ): LoadedModel;
}

/**
 * Reads the model of a definition.
 * @throws {ModelLoadError} ERR_MODEL_LOAD when it is missing, damaged or not what its manifest says.
 */
export async function loadModel(definition: EngineDefinition, resources: EngineResources): Promise<ModelSource> {
  return definition.model.type === 'bundle'
    ? loadBundle(definition.model, resources)
    : loadFile(definition.model, definition, resources);
}

async function loadBundle(
  model: Extract<EngineDefinition['model'], { type: 'bundle' }>,
  resources: EngineResources,
): Promise<ModelSource> {
  const { readBundle } = await import('../bundle/read-bundle.js');
  const bundle = await readBundle(resources.bundleFiles(model.path), model.variant);
  const { manifest, variant, weights, binary } = bundle;
  const [input] = variant.inputs;
  return {
    path: model.path,
    weights,
    binary,
    bundle,
    variant,
    inputShapes: { [input.name]: input.shape },
    resolve: (_tensors, definition) => ({
      head: manifest.head,
      variant,
      info: {
        id: manifest.id,
        version: manifest.version,
        release: manifest.release,
        variant: variant.id,
        task: manifest.task,
        path: model.path,
        sha256: variant.sha256,
        bytes: variant.bytes,
        goldenCheck: model.goldenCheck ? 'passed' : 'skipped',
        labels: manifest.labels,
        preprocess: preprocessing(definition, input.preprocess),
        limits: {
          scoreThreshold: definition.postprocess.scoreThreshold ?? manifest.thresholds.score ?? 0.3,
          iouThreshold: definition.postprocess.iouThreshold ?? manifest.thresholds.iou ?? 0.65,
          topK: definition.postprocess.topK ?? manifest.thresholds.topK ?? (manifest.task === 'detection' ? 300 : 5),
        },
      },
    }),
  };
}

async function loadFile(
  model: Extract<EngineDefinition['model'], { type: 'file' }>,
  { preprocess }: EngineDefinition,
  resources: EngineResources,
): Promise<ModelSource> {
  const weights = await readModelFile(resources, model.path, 'a readable model file');
  // OpenVINO's IR is two files, which bear one name.
  const beside = /\.xml$/i.test(model.path) ? model.path.replace(/xml$/i, 'bin') : undefined;
  const binary =
    beside === undefined
      ? undefined
      : await readModelFile(resources, beside, 'the weights beside the .xml of the model');
  const { createPreset } = await import('../postprocess/presets.js');
  const digest = await sha256(weights);
  return {
    path: model.path,
    weights,
    binary,
    inputShapes: preprocess && { '*': preprocessedShape(preprocess) },
    resolve: (tensors, definition) => {
      const preset = createPreset(model.preset, tensors);
      const { limits } = preset;
      return {
        head: preset.head,
        info: {
          id: model.path.replace(/^.*[/\\]/, '').replace(/\.[^.]*$/, ''),
          version: null,
          release: null,
          variant: null,
          task: preset.task,
          path: model.path,
          sha256: digest,
          bytes: weights.byteLength,
          goldenCheck: 'none',
          labels: model.labels ?? preset.labels,
          preprocess: preprocessing(definition, preset.preprocess),
          limits: {
            scoreThreshold: definition.postprocess.scoreThreshold ?? limits.scoreThreshold,
            iouThreshold: definition.postprocess.iouThreshold ?? limits.iouThreshold,
            topK: definition.postprocess.topK ?? limits.topK,
          },
        },
      };
    },
  };
}

async function readModelFile(resources: EngineResources, path: string, expected: string): Promise<Uint8Array> {
  try {
    return await resources.readFile(path);
  } catch (cause) {
    if (cause instanceof ModelLoadError) throw cause;
    const subject = `model ${path}`;
    if (isOutOfMemory(cause)) throw new ModelLoadError({ subject, expected, ...memoryFault(cause), cause });
    const missing = (cause as { code?: string }).code === 'ENOENT';
    throw new ModelLoadError({
      subject,
      expected,
      received: missing ? 'no such file' : (cause as Error).message,
      remedy: 'Check the path of the model.',
      cause,
    });
  }
}

function preprocessing(definition: EngineDefinition, own: PreprocessSpec): PreprocessSpec {
  const spec = definition.preprocess ?? own;
  return definition.filter ? { ...spec, filter: definition.filter } : spec;
}
