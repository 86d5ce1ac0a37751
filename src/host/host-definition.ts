import type { PipelineDefinition } from '../core/definition.js';
import { InvalidArgumentError } from '../core/error.js';

// Properties of OpenVINO that only say how to compute; others name files, libraries or devices of the host.
const openVinoProperties = new Set([
  'INFERENCE_PRECISION_HINT',
  'PERFORMANCE_HINT',
  'PERFORMANCE_HINT_NUM_REQUESTS',
  'NUM_STREAMS',
  'INFERENCE_NUM_THREADS',
  'ENABLE_CPU_PINNING',
  'ENABLE_HYPER_THREADING',
  'SCHEDULING_CORE_TYPE',
  'EXECUTION_MODE_HINT',
  'MODEL_PRIORITY',
]);

// The same of ONNX Runtime: its other entries write profiles, statistics and models to files.
const onnxConfig = new Set([
  'session.intra_op.allow_spinning',
  'session.inter_op.allow_spinning',
  'session.intra_op_thread_affinities',
  'session.dynamic_block_base',
  'session.set_denormal_as_zero',
  'session.disable_prepacking',
  'session.disable_cpu_ep_fallback',
]);

// And of its providers, which dump, cache and load files by others.
const providerOptions: Readonly<Record<string, readonly string[]>> = {
  cuda: [
    'device_id',
    'arena_extend_strategy',
    'gpu_mem_limit',
    'cudnn_conv_algo_search',
    'cudnn_conv_use_max_workspace',
    'use_tf32',
    'prefer_nhwc',
    'enable_cuda_graph',
  ],
  tensorrt: [
    'device_id',
    'trt_fp16_enable',
    'trt_bf16_enable',
    'trt_int8_enable',
    'trt_max_workspace_size',
    'trt_builder_optimization_level',
    'trt_cuda_graph_enable',
  ],
  openvino: ['device_type', 'precision', 'num_streams', 'num_of_threads'],
  qnn: ['device_id', 'htp_performance_mode', 'enable_htp_fp16_precision'],
  coreml: ['MLComputeUnits', 'ModelFormat', 'RequireStaticInputShapes'],
};

const plainValue = /^[\w.:,;+-]{0,64}$/;

/**
 * Refuses what a page must not make a host do: read or write files, load code or libraries, use devices that nobody
 * declared. What is left is a source of `synthetic` or `camera`, a bundle of the store, and numbers.
 * @throws {InvalidArgumentError} ERR_ARGUMENT naming the field.
 */
export function checkHostDefinition({ source, model, sinks, preprocess, runtimeOptions }: PipelineDefinition): void {
  if (source.type !== 'synthetic' && source.type !== 'camera') {
    refuse('source', 'synthetic, or a camera that the host has declared', `"${source.type}"`);
  }
  if (source.type === 'camera' && source.facingMode !== undefined) {
    refuse('source.facingMode', 'none: a camera of the host is named by deviceId', `"${source.facingMode}"`);
  }
  if (sinks.length > 0) refuse('sinks', 'none: the page has its own', `"${sinks[0].type}"`);
  checkHostModel(model);
  if (preprocess?.before?.background?.picture !== undefined) {
    refuse('preprocess.before.background.picture', 'none: a page names no files of the host', 'a path');
  }
  const { openvino, 'onnx-native': native } = runtimeOptions;
  const absent = (field: string, value: unknown) => {
    if (value !== undefined) refuse(`runtimeOptions.${field}`, 'none: that is the choice of the host', 'one');
  };
  absent('openvino.library', openvino.library);
  absent('openvino.cacheDir', openvino.cacheDir);
  allowEntries('openvino.properties', openvino.properties, openVinoProperties);
  absent('onnx-native.library', native.library);
  absent('onnx-native.profile', native.profile);
  absent('onnx-native.pluginLibraries', Object.keys(native.pluginLibraries).at(0));
  allowEntries('onnx-native.config', native.config, onnxConfig);
  for (const provider of native.providers) {
    if (typeof provider === 'string') continue;
    const { name, options } = provider;
    // A device of a provider is named behind a colon.
    allowEntries(`onnx-native.providers: ${name}`, options, new Set(providerOptions[name.split(':', 1)[0]]));
  }
}

function allowEntries(field: string, entries: Readonly<Record<string, string>>, known: ReadonlySet<string>): void {
  for (const [key, value] of Object.entries(entries)) {
    const at = `runtimeOptions.${field}.${key}`;
    if (!known.has(key)) refuse(at, known.size > 0 ? `one of ${[...known].join(', ')}` : 'no options of it', 'another');
    if (!plainValue.test(value)) refuse(at, 'a word or a number', 'something else');
  }
}

/** The same of a model alone. @throws {InvalidArgumentError} ERR_ARGUMENT */
export function checkHostModel(model: PipelineDefinition['model']): void {
  if (model.type !== 'bundle') refuse('model.type', '"bundle", of the store of the host', `"${model.type}"`);
  if (!/^store:[0-9a-f]{64}$/.test(model.path)) {
    refuse('model.path', 'store: and the sha256 of a model.json', `"${model.path.slice(0, 80)}"`);
  }
}

function refuse(field: string, expected: string, received: string): never {
  throw new InvalidArgumentError({
    subject: `pipeline definition for a host: ${field}`,
    expected,
    received,
    remedy: 'Leave it out, or let the host be started with it.',
    details: { field },
  });
}
