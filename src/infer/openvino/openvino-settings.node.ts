import { accessSync, constants, mkdirSync } from 'node:fs';
import { InvalidArgumentError, UnsupportedError } from '../../core/error.js';
import type { OpenVinoOptions } from '../../core/runtime-options.js';
import type { OpenVinoLibrary } from './openvino-library.node.js';

/** Devices that stand for others. */
const virtualDevices = ['AUTO', 'HETERO', 'MULTI', 'BATCH'];
/** Those of them that choose none by themselves; they are named behind a colon or by this property. */
const listedDevices = ['HETERO', 'MULTI', 'BATCH'];
const priorities = 'MULTI_DEVICE_PRIORITIES';

// Properties that the core itself takes, whatever the device says.
const coreProperties = ['CACHE_DIR', 'CACHE_MODE', 'ENABLE_MMAP'];

// What a device lists, but only tells.
const readOnly =
  /^(SUPPORTED_PROPERTIES|AVAILABLE_DEVICES|RANGE_FOR_.*|EXECUTION_DEVICES|FULL_DEVICE_NAME|OPTIMIZATION_CAPABILITIES|OPTIMAL_.*|MAX_BATCH_SIZE|DEVICE_(TYPE|ARCHITECTURE|UUID|LUID|GOPS|PCI_INFO)|COMPATIBILITY_CHECK)$/;

/** How a model is compiled. */
export interface CompileSettings {
  device: string;
  properties: Record<string, string>;
  /** What was wished for in general and this device does not take, a sentence each. */
  limitations: string[];
}

/**
 * Turns options into properties of a device.
 * @param threads threads of the pipeline; a device that takes no such number is left to itself.
 * @throws {UnsupportedError} ERR_UNSUPPORTED there is no such device; `details.supported` lists those that there are.
 * @throws {InvalidArgumentError} ERR_ARGUMENT HETERO, MULTI or BATCH without the devices that it is to use; a property that the device does not take, of which `details.supported` lists its own; a folder
 * for compiled models that cannot be one.
 */
export function settle(library: OpenVinoLibrary, options: OpenVinoOptions, threads: number): CompileSettings {
  const device = options.device.toUpperCase();
  const [base] = device.split(/[:.]/) as [string];
  requireDevice(library, device, base, options.properties);
  const supported = new Set([
    ...library
      .text('ov_core_get_property', library.core, virtualDevices.includes(base) ? base : device, 'SUPPORTED_PROPERTIES')
      .split(/\s+/),
    ...coreProperties,
  ]);
  const limitations: string[] = [];
  const properties: Record<string, string> = {};
  // What every runtime is given, where the device has a use for it.
  if (supported.has('PERFORMANCE_HINT')) properties.PERFORMANCE_HINT = options.hint.toUpperCase();
  if (supported.has('INFERENCE_NUM_THREADS')) properties.INFERENCE_NUM_THREADS = String(threads);
  else if (threads > 1) limitations.push(`${device} takes no number of threads.`);
  const { precision, streams, pinning, cacheDir } = options;
  if (cacheDir !== undefined) requireFolder(cacheDir);
  const asked: Record<string, string | undefined> = {
    INFERENCE_PRECISION_HINT: precision,
    NUM_STREAMS: streams === undefined ? undefined : String(streams),
    ENABLE_CPU_PINNING: pinning === undefined ? undefined : pinning ? 'YES' : 'NO',
    CACHE_DIR: cacheDir,
    ...options.properties,
  };
  for (const [name, value] of Object.entries(asked)) {
    if (value === undefined) continue;
    if (!supported.has(name) || readOnly.test(name)) throw unknownProperty(name, device, supported);
    properties[name] = value;
  }
  return { device, properties, limitations };
}

/** What kind of hardware a device's name stands for. */
export function deviceKind(name: string): 'cpu' | 'gpu' | 'npu' {
  return name.startsWith('GPU') ? 'gpu' : name.startsWith('NPU') ? 'npu' : 'cpu';
}

function requireDevice(
  library: OpenVinoLibrary,
  device: string,
  base: string,
  properties: OpenVinoOptions['properties'],
): void {
  const available = library.devices();
  const isVirtual = virtualDevices.includes(base);
  const wanted = isVirtual
    ? device
        .slice(base.length + 1)
        .split(',')
        .filter(Boolean)
    : [device];
  // OpenVINO would blame the model.
  if (wanted.length === 0 && listedDevices.includes(base) && !properties?.[priorities])
    throw noDevices(base, available);
  const isThere = (name: string) => {
    // AUTO:-GPU leaves one out; CPU(2) says how many requests.
    const plain = name.replace(/^-|\(\d+\)$/g, '');
    return available.some(
      (each) =>
        each === plain || each.split('.')[0] === plain || (plain.endsWith('.0') && plain.startsWith(`${each}.`)),
    );
  };
  const missing = wanted.find((name) => !isThere(name));
  if (missing === undefined) return;
  throw new UnsupportedError({
    subject: 'device of openvino',
    expected: `one that OpenVINO ${library.version} finds here (${available.join(', ') || 'none'}), or AUTO or HETERO of these`,
    received: missing === device ? device : `${missing} in ${device}`,
    remedy:
      'Name another device, or install the driver of this one and give this user access to it (/dev/dri, /dev/accel).',
    details: { supported: available },
  });
}

function noDevices(base: string, available: readonly string[]): InvalidArgumentError {
  return new InvalidArgumentError({
    subject: 'device of openvino',
    expected: `${base} with the devices that it is to use (${available.join(', ') || 'none here'})`,
    received: `${base} alone`,
    remedy: `Name them: ${base === 'BATCH' ? 'BATCH:GPU' : `${base}:GPU,CPU`}. AUTO chooses by itself.`,
  });
}

function unknownProperty(name: string, device: string, supported: ReadonlySet<string>): InvalidArgumentError {
  const names = [...supported].filter((each) => each && !readOnly.test(each)).sort();
  return new InvalidArgumentError({
    subject: `runtimeOptions.openvino: ${name}`,
    expected: `a property that ${device} can be given (${names.join(', ')})`,
    received: 'one that it does not take',
    remedy: 'Leave it out, or name another device.',
    details: { supported: names },
  });
}

// OpenVINO makes it, too, and blames the model where it cannot.
function requireFolder(path: string): void {
  try {
    mkdirSync(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw noFolder(path, cause as Error);
  }
  try {
    accessSync(path, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw noFolder(path, cause as Error);
  }
}

function noFolder(path: string, cause: Error): InvalidArgumentError {
  return new InvalidArgumentError({
    subject: `runtimeOptions.openvino.cacheDir ${path}`,
    expected: 'a folder that can be written to, or a place for one',
    received: cause.message,
    remedy: 'Make the folder, or name another.',
    cause,
  });
}
