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
  const property = Object.keys(openvino.properties).find((name) => !openVinoProperties.has(name));
  if (property !== undefined) {
    refuse(`runtimeOptions.openvino.properties.${property}`, `one of ${[...openVinoProperties].join(', ')}`, 'another');
  }
  absent('onnx-native.library', native.library);
  absent('onnx-native.profile', native.profile);
  absent('onnx-native.pluginLibraries', Object.keys(native.pluginLibraries).at(0));
  for (const provider of native.providers) {
    if (typeof provider === 'string') continue;
    const named = Object.entries(provider.options).find(
      ([key, value]) => /path|dir|file|lib|cache|config|folder/i.test(key) || !/^[\w.:,+-]{0,64}$/.test(value),
    );
    if (named) absent(`onnx-native.providers: ${provider.name}.${named[0]}`, named);
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
