import { DeviceLostError, InvalidArgumentError, ModelLoadError, ReflexarcError } from '../../core/error.js';
import { parse } from '../../core/parse.js';
import { type OpenVinoOptions, openVinoOptionsSchema } from '../../core/runtime-options.js';
import type { OpenOptions, Placement, ProbeReport, Runtime, Session } from '../runtime.js';
import { fusionOf } from './openvino-fusion.node.js';
import type { OpenVinoHandle } from './openvino-library.node.js';
import { OpenVinoLibrary } from './openvino-library.node.js';
import { readModel } from './openvino-model.node.js';
import { isDeviceLoss, OpenVinoSession } from './openvino-session.node.js';
import { type CompileSettings, deviceKind, settle } from './openvino-settings.node.js';

/**
 * OpenVINO over its C library, which it finds on the machine: CPU, GPU, NPU, AUTO and HETERO; ONNX, TensorFlow Lite and
 * IR models. Tensors are those of the allocator: nothing is copied.
 */
export const openVinoRuntime: Runtime = { id: 'openvino', probe, open };

async function probe(): Promise<ProbeReport> {
  try {
    const library = await OpenVinoLibrary.open();
    const devices = library.devices();
    const names = devices.map((device) => `${device} (${fullName(library, device)})`);
    return { id: 'openvino', status: 'works', version: library.version, devices: names, problem: null, remedy: null };
  } catch (error) {
    const { message } = error as Error;
    const { expected, received, remedy } = error instanceof ReflexarcError ? error : { remedy: undefined };
    return {
      id: 'openvino',
      status: 'unavailable',
      version: null,
      devices: [],
      problem: received === undefined ? message : `${received} instead of ${expected}`,
      remedy: remedy ?? 'Install OpenVINO 2024.0 or newer.',
    };
  }
}

function fullName(library: OpenVinoLibrary, device: string): string {
  try {
    return library.text('ov_core_get_property', library.core, device, 'FULL_DEVICE_NAME');
  } catch (error) {
    return (error as Error).message;
  }
}

async function open(bytes: Uint8Array, name: string, options: OpenOptions): Promise<Session> {
  const { threads, slots, signal } = options;
  signal?.throwIfAborted();
  requireCount('threads', threads);
  requireCount('slots', slots);
  const usual: OpenVinoOptions = options.runtimeOptions?.openvino ?? parse(openVinoOptionsSchema, {}, 'openvino');
  const given = { ...usual, device: options.device ?? usual.device };
  const library = await OpenVinoLibrary.open(given.library);
  const settings = settle(library, given, threads);
  const model = await readModel(library, bytes, name, options);
  using _model = model.handle;
  signal?.throwIfAborted();
  const compiled = await compile(library, model.handle, name, settings);
  try {
    signal?.throwIfAborted();
    const placement = placementOf(library, compiled, settings, threads);
    if (!given.fusePreprocess) return new OpenVinoSession({ library, compiled, model, name, options, placement });
    placement.fusedPreprocess = true;
    const fuse = (session: OpenVinoSession) =>
      fusionOf({
        library,
        session,
        // The steps become part of a model: each layout takes one of its own.
        read: () => readModel(library, bytes, name, options),
        compile: (fused) => compile(library, fused, name, settings),
      });
    return new OpenVinoSession({ library, compiled, model, name, options, placement, fuse });
  } catch (error) {
    compiled.close();
    throw error;
  }
}

async function compile(
  library: OpenVinoLibrary,
  model: OpenVinoHandle,
  name: string,
  { device, properties }: CompileSettings,
): Promise<OpenVinoHandle> {
  try {
    return await library.compile(model, device, properties);
  } catch (cause) {
    const { message } = cause as Error;
    const Kind = isDeviceLoss(message) ? DeviceLostError : ModelLoadError;
    throw new Kind({
      subject: name,
      expected: `a model that ${device} can run`,
      received: `one that OpenVINO refuses: ${message}`,
      remedy: 'Try another device (AUTO, HETERO:GPU,CPU, CPU) or another precision.',
      details: { device, properties },
      cause,
    });
  }
}

function placementOf(
  library: OpenVinoLibrary,
  compiled: OpenVinoHandle,
  { device, limitations }: CompileSettings,
  threads: number,
): Placement {
  const ask = (key: string) => {
    try {
      return library.text('ov_compiled_model_get_property', compiled.pointer, key);
    } catch {
      return undefined;
    }
  };
  // AUTO puts what it has not decided yet into brackets.
  const devices = (ask('EXECUTION_DEVICES') ?? device)
    .replace(/[()]/g, '')
    .split(/[\s,]+/)
    .filter(Boolean);
  const kinds = new Set(devices.map(deviceKind));
  const really = Number(ask('INFERENCE_NUM_THREADS') ?? threads) || threads;
  const said = [...limitations];
  if (really < threads) said.push(`${really} threads instead of ${threads}: OpenVINO found no more cores.`);
  if (kinds.size > 1) said.push(`Parts of the model run on ${devices.join(' and ')}.`);
  return {
    runtime: 'openvino',
    version: library.version,
    device: deviceKind(devices[0] ?? device),
    executionProvider: devices.length > 0 && device !== devices[0] ? `${device} → ${devices.join(', ')}` : device,
    threads: really,
    simd: 'native',
    fullyAccelerated: kinds.size === 1,
    ...(said.length > 0 ? { limitations: said } : {}),
  };
}

function requireCount(subject: string, value: number): void {
  if (Number.isInteger(value) && value >= 1) return;
  throw new InvalidArgumentError({ subject, expected: 'a whole number of at least 1', received: String(value) });
}
