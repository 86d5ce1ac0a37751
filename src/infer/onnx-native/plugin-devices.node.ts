import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { UnsupportedError } from '../../core/error.js';
import type { Placement } from '../runtime.js';
import type { OrtLibrary, Pointer } from './ort-library.node.js';

/** A device that a provider library offers. */
export interface PluginDevice {
  /** Short name of the provider, e.g. `openvino`. */
  name: string;
  device: Placement['device'];
  /** `OrtEpDevice`; the environment's. */
  pointer: Pointer;
}

/** `OrtHardwareDeviceType`. */
const kinds = ['cpu', 'gpu', 'npu'] as const;

/** `cuda` of `CUDAExecutionProvider`: the name as people write it. */
export function shortName(provider: string): string {
  return provider.replace('ExecutionProvider', '').toLowerCase();
}

/** Lists the devices of registered provider libraries, in the library's order; none where it is older than 1.22. */
export function listPluginDevices(ort: OrtLibrary): PluginDevice[] {
  if (!ort.has('GetEpDevices')) return [];
  return ort
    .list('GetEpDevices', ort.env)
    .map((pointer) => ({
      name: shortName(ort.functions.EpDevice_EpName(pointer) as string),
      device: kinds[ort.functions.HardwareDevice_Type(ort.functions.EpDevice_Device(pointer)) as number] ?? 'npu',
      pointer,
    }))
    .filter(({ name }) => name !== 'cpu');
}

/**
 * Registers provider libraries with the library's environment, each once in a process; they stay loaded.
 * @param libraries path by the name that it is registered under.
 * @throws {UnsupportedError} ERR_UNSUPPORTED a file is not there, is no provider library, needs a later ONNX Runtime,
 *   or offers no device of this machine.
 */
export function registerPluginLibraries(ort: OrtLibrary, libraries: Readonly<Record<string, string>>): void {
  for (const [name, path] of Object.entries(libraries)) register(ort, name, resolve(path));
}

function register(ort: OrtLibrary, name: string, path: string): void {
  const refuse = (received: string, remedy: string, cause?: unknown): never => {
    throw new UnsupportedError({
      subject: `provider library ${name} (${path})`,
      expected: `one that ONNX Runtime ${ort.version} can use on this machine`,
      received,
      remedy,
      details: { supported: [], path },
      cause,
    });
  };
  if (!statSync(path, { throwIfNoEntry: false })?.isFile())
    refuse('no such file', 'Correct its path in pluginLibraries.');
  if (!ort.has('RegisterExecutionProviderLibrary')) {
    refuse('a library without provider libraries', 'They need ONNX Runtime 1.22 or later.');
  }
  try {
    ort.do('RegisterExecutionProviderLibrary', ort.env, name, path);
  } catch (cause) {
    const { message } = cause as Error;
    // Another session of this process was first.
    if (!/already registered/i.test(message)) refuse(message, 'Install what it needs, or another release.', cause);
  }
  if (!offers(ort, path)) {
    refuse('one that offers no device here', 'Check its driver; its vendor says which hardware it is for.');
  }
}

// Each device says in its metadata which file it came from; where none does, any device will do.
function offers(ort: OrtLibrary, path: string): boolean {
  const origins = ort.list('GetEpDevices', ort.env).map((device) => {
    const metadata = ort.functions.EpDevice_EpMetadata(device) as Pointer | null;
    return metadata && (ort.functions.GetKeyValue(metadata, 'library_path') as string | null);
  });
  return origins.includes(path) || (origins.every((origin) => !origin) && listPluginDevices(ort).length > 0);
}
