import { UnsupportedError } from '../../core/error.js';
import type { OnnxNativeOptions } from '../../core/runtime-options.js';
import type { Placement } from '../runtime.js';
import type { OrtLibrary, Pointer } from './ort-library.node.js';
import { listPluginDevices, type PluginDevice, shortName } from './plugin-devices.node.js';

/** An execution provider as it was asked for. */
export interface ProviderRequest {
  /** Short: `cuda`, `openvino:gpu`. */
  name: string;
  options: Readonly<Record<string, string>>;
}

/** An execution provider that the library has. */
export interface ExecutionProvider {
  /** Short name without the kind of device, e.g. `openvino`. */
  name: string;
  device: Placement['device'];
  /** Appends it to session options. @throws {OrtError} it, or what it stands on, is not here. */
  append(sessionOptions: Pointer): void;
}

/** Providers by the words of `SessionOptionsAppendExecutionProvider`; others are called by their short name. */
const genericNames: Readonly<Record<string, string>> = {
  coreml: 'CoreML',
  openvino: 'OpenVINO',
  qnn: 'QNN',
  vitisai: 'VitisAI',
  webgpu: 'WebGPU',
  xnnpack: 'XNNPACK',
};

/**
 * The providers that were asked for, in their order.
 * @param first begins the list, with the options that it has there; of the others, those that come after it stay.
 */
export function readProviders(providers: OnnxNativeOptions['providers'], first?: string): ProviderRequest[] {
  const listed = providers.map((provider) => {
    const { name, options } = typeof provider === 'string' ? { name: provider, options: {} } : provider;
    return { name: shortName(name), options };
  });
  if (first === undefined) return listed;
  const name = shortName(first);
  const place = listed.findIndex((request) => request.name === name);
  return [listed[place] ?? { name, options: {} }, ...listed.slice(place + 1)];
}

/** Names that can be asked for: what was compiled in, and the devices of provider libraries that were registered. */
export function supportedProviders(ort: OrtLibrary): string[] {
  const names = ort.availableProviders().map(shortName);
  for (const { name, device } of listPluginDevices(ort)) names.push(name, `${name}:${device}`);
  return [...new Set(names)];
}

/**
 * Finds a provider by its name: a device of a registered provider library first, then what was compiled in.
 * @throws {UnsupportedError} ERR_UNSUPPORTED there is none of that name; `details.supported` lists those that there are.
 */
export function findProvider(ort: OrtLibrary, request: ProviderRequest): ExecutionProvider {
  const { name, options } = request;
  const [base, kind] = name.split(':');
  if (name === 'cpu') return { name, device: 'cpu', append: () => {} };
  const devices = listPluginDevices(ort).filter((device) => device.name === base);
  const chosen = devices.find(({ device }) => kind === undefined || device === kind);
  if (chosen) {
    return { name: base, device: chosen.device, append: (to) => appendPlugin(ort, to, chosen, options) };
  }
  if (kind !== undefined || !ort.availableProviders().map(shortName).includes(base)) throw unknown(ort, name);
  return { name, device: deviceOf(name, options), append: (to) => appendBuiltIn(ort, to, name, options) };
}

function unknown(ort: OrtLibrary, name: string): UnsupportedError {
  const supported = supportedProviders(ort);
  return new UnsupportedError({
    subject: `execution provider ${name}`,
    expected: `one of ${supported.join(', ')}, which ONNX Runtime ${ort.version} has`,
    received: 'none of that name',
    remedy: `Name a library that has it (REFLEXARC_ORT_LIBRARY), register its provider library with pluginLibraries, or list another provider.`,
    details: { supported, library: ort.path },
  });
}

/** The error of a provider that is compiled in or registered, but does not start. */
export function unusable(ort: OrtLibrary, name: string, cause: unknown): UnsupportedError {
  if (cause instanceof UnsupportedError) return cause;
  const supported = supportedProviders(ort);
  return new UnsupportedError({
    subject: `execution provider ${name}`,
    expected: `one that starts here (ONNX Runtime ${ort.version} was built with ${supported.join(', ')})`,
    received: reasonOf(cause),
    remedy: `Install what it needs beside ${ort.path}, or list another provider, e.g. cpu after it.`,
    details: { supported, library: ort.path },
    cause,
  });
}

/** The error of a provider that does not take a model, or not all of it where the CPU is not listed. */
export function notTaken(ort: OrtLibrary, name: string, model: string, cause: unknown): UnsupportedError {
  return new UnsupportedError({
    subject: `execution provider ${name}`,
    expected: `one that takes ${model}`,
    received: onlyCpu.test(reasonOf(cause)) ? 'nodes that only the CPU takes' : reasonOf(cause),
    remedy: 'List another provider after it, e.g. cpu; if it names a driver or a library, mend that.',
    details: { supported: supportedProviders(ort), library: ort.path },
    cause,
  });
}

// What ONNX Runtime says where `cpu` is not listed and nodes are left.
const onlyCpu = /fallback to CPU EP has been explicitly disabled/;

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

function appendPlugin(ort: OrtLibrary, to: Pointer, chosen: PluginDevice, options: ProviderRequest['options']): void {
  const [keys, values] = [Object.keys(options), Object.values(options)];
  const devices = BigUint64Array.of(chosen.pointer);
  const name = 'SessionOptionsAppendExecutionProvider_V2';
  ort.do(name, to, ort.env, devices, 1, keys, values, keys.length);
}

function appendBuiltIn(ort: OrtLibrary, to: Pointer, name: string, options: ProviderRequest['options']): void {
  const [keys, values] = [Object.keys(options), Object.values(options)];
  if (name !== 'cuda' && name !== 'tensorrt') {
    ort.do('SessionOptionsAppendExecutionProvider', to, genericNames[name] ?? name, keys, values, keys.length);
    return;
  }
  // These two have a function each, which takes every option that they have.
  const kind = name === 'cuda' ? 'CUDA' : 'TensorRT';
  const providerOptions = ort.make(`Create${kind}ProviderOptions`);
  try {
    if (keys.length > 0) ort.do(`Update${kind}ProviderOptions`, providerOptions, keys, values, keys.length);
    ort.do(`SessionOptionsAppendExecutionProvider_${kind}_V2`, to, providerOptions);
  } finally {
    ort.functions[`Release${kind}ProviderOptions`](providerOptions);
  }
}

// Where a provider that was compiled in computes, as far as its name and options tell.
function deviceOf(name: string, options: ProviderRequest['options']): Placement['device'] {
  const wish = `${options.device_type ?? ''} ${options.MLComputeUnits ?? ''} ${options.backend_path ?? ''}`;
  if (name === 'xnnpack' || name === 'dnnl') return 'cpu';
  if (name === 'openvino') return /NPU/.test(wish) ? 'npu' : /GPU/.test(wish) ? 'gpu' : 'cpu';
  if (name === 'qnn') return /QnnCpu/i.test(wish) ? 'cpu' : /QnnGpu/i.test(wish) ? 'gpu' : 'npu';
  if (name === 'coreml') return /CPUOnly/.test(wish) ? 'cpu' : /NeuralEngine/.test(wish) ? 'npu' : 'gpu';
  return name === 'vitisai' ? 'npu' : 'gpu';
}
