import * as v from 'valibot';
import { parse } from './parse.js';

/** Runtimes in this package. */
export const runtimeIds = ['onnx-web', 'onnx-native', 'openvino'] as const;
export type RuntimeId = (typeof runtimeIds)[number];

/** Execution providers inside ONNX Runtime Web: the CPU through WebAssembly, the GPU through WebGPU (in a browser). */
export const executionProviderIds = ['wasm', 'webgpu'] as const;
export type ExecutionProviderId = (typeof executionProviderIds)[number];

/**
 * A place where a model may run, as a definition lists it: a runtime, or a runtime, a colon and one of its devices.
 * `openvino:GPU.1`, `openvino:HETERO:GPU,CPU`: a device of OpenVINO. `onnx-native:cuda`: an execution provider, which must take
 * the model; nodes that it leaves go to those of `runtimeOptions['onnx-native'].providers`. `onnx-web:webgpu`, `onnx-web:wasm`:
 * that execution provider alone. Without a device, the options of the runtime say where.
 */
export type RuntimeChoice = RuntimeId | `${RuntimeId}:${string}`;

/** A {@link RuntimeChoice} taken apart. */
export interface RuntimePlace {
  runtime: RuntimeId;
  /** In the runtime's own words; absent where its options say which. */
  device?: string;
}

/** Devices that a runtime has, none in an empty list; or examples, where only the library on the machine knows. */
const devicesOf: Readonly<Record<RuntimeId, { only: readonly string[] } | { such: readonly string[] }>> = {
  'onnx-web': { only: executionProviderIds },
  'onnx-native': { such: ['cpu', 'cuda'] },
  openvino: { such: ['CPU', 'GPU.1', 'AUTO:GPU,CPU'] },
};

const deviceName = /^[\w.:,()-]*[\w)]$/;

/** Takes a choice apart, at its first colon. */
export function resolveRuntime(choice: RuntimeChoice): RuntimePlace {
  const colon = choice.indexOf(':');
  if (colon < 0) return { runtime: choice as RuntimeId };
  return { runtime: choice.slice(0, colon) as RuntimeId, device: choice.slice(colon + 1) };
}

/**
 * Reads choices with commas between them, as a command line or an address has them: `openvino:HETERO:GPU,CPU,onnx-native`.
 * Devices of OpenVINO have commas, too: what follows `openvino:AUTO:` and its like, and is no runtime, belongs to them.
 * @throws {InvalidArgumentError} ERR_ARGUMENT one of them is no choice, or is there twice.
 */
export function parseRuntimes(text: string): RuntimeChoice[] {
  const choices: string[] = [];
  for (const word of text.split(',').map((word) => word.trim())) {
    const before = choices.at(-1);
    const goesOn =
      before !== undefined && /^openvino:\w+:/.test(before) && word !== '' && !isRuntime(word.split(':')[0]);
    if (goesOn) choices[choices.length - 1] = `${before},${word}`;
    else choices.push(word);
  }
  return parse(runtimeChoicesSchema, choices, 'runtimes');
}

/** Choices in order of preference, each once. */
export const runtimeChoicesSchema = v.pipe(
  v.array(
    v.custom<RuntimeChoice>(
      (input) => expectedInsteadOf(input) === undefined,
      ({ input }) => expectedInsteadOf(input) ?? '',
    ),
  ),
  v.minLength(1),
  v.checkItems((choice, index, all) => all.findIndex((other) => isSame(other, choice)) === index, 'each place once'),
);

// What was expected where something is no choice.
function expectedInsteadOf(input: unknown): string | undefined {
  const { runtime, device } = resolveRuntime(String(input) as RuntimeChoice);
  if (typeof input !== 'string' || !isRuntime(runtime)) return `one of ${runtimeIds.join(', ')}, alone or with :DEVICE`;
  if (device === undefined) return undefined;
  const devices = devicesOf[runtime];
  const named = (names: readonly string[]) => [runtime, ...names.map((name) => `${runtime}:${name}`)].join(', ');
  if ('only' in devices) return devices.only.includes(device) ? undefined : named(devices.only);
  return deviceName.test(device) ? undefined : `${named(devices.such)} …`;
}

function isRuntime(text: string): text is RuntimeId {
  return (runtimeIds as readonly string[]).includes(text);
}

// No library tells names of devices apart by their case.
function isSame(one: RuntimeChoice, other: RuntimeChoice): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
