import { ReflexarcError, UnsupportedError } from '../core/error.js';
import { type RuntimeChoice, type RuntimeId, resolveRuntime } from '../core/runtime-choice.js';
import type { OpenOptions, Runtime, Session } from './runtime.js';

/** How far a runtime reaches a piece of hardware in this version. */
export type TargetState = 'works' | 'needs hardware' | 'through ONNX Runtime EP' | 'out of reach';

/** One kind of hardware and the runtimes for it, best first. */
export interface HardwareTarget {
  hardware: string;
  runtimes: readonly RuntimeId[];
  state: TargetState;
  /** What runs there today, and what does not and why. */
  why: string;
}

const cpuOnly = (accelerator: string, needs: string): Pick<HardwareTarget, 'runtimes' | 'state' | 'why'> => ({
  runtimes: ['onnx-native', 'onnx-web'],
  state: 'out of reach',
  why: `${accelerator} needs ${needs}, which no runtime here calls; the CPU cores beside it run onnx-native or onnx-web.`,
});

const throughProvider = (library: string): Pick<HardwareTarget, 'runtimes' | 'state' | 'why'> => ({
  runtimes: ['onnx-native'],
  state: 'through ONNX Runtime EP',
  why: `runtimeOptions['onnx-native'].providers with ${library}; written after the interface, not run on such hardware.`,
});

/** Hardware target → runtimes in order → why. States say what this version does, not what could be done. */
export const hardwareTargets: readonly HardwareTarget[] = [
  {
    hardware: 'x86-64 CPU, Node',
    runtimes: ['openvino', 'onnx-native', 'onnx-web'],
    state: 'works',
    why: 'OpenVINO (its library and koffi), ONNX Runtime as native code (onnxruntime-node and koffi), or as WebAssembly SIMD.',
  },
  {
    hardware: 'ARM64 CPU (Raspberry Pi 4/5, RK3588, i.MX 8), Node',
    runtimes: ['onnx-native', 'onnx-web'],
    state: 'needs hardware',
    why: 'The same as on x86-64, the native library in its ARM64 build; not measured on such a board.',
  },
  {
    hardware: 'Browser without WebGPU',
    runtimes: ['onnx-web'],
    state: 'works',
    why: 'WebAssembly SIMD in a module worker; more than one thread where the page is cross-origin isolated.',
  },
  {
    hardware: 'Browser with WebGPU',
    runtimes: ['onnx-web'],
    state: 'needs hardware',
    why: "executionProviders: ['webgpu'], tensors copied from and to the CPU; run on SwiftShader, not on a GPU.",
  },
  {
    hardware: 'NVIDIA Jetson, discrete NVIDIA GPU',
    ...throughProvider('cuda or tensorrt, of a libonnxruntime that was built with them'),
  },
  {
    hardware: 'Intel GPU, NPU',
    runtimes: ['openvino', 'onnx-native'],
    state: 'needs hardware',
    why: "'openvino:GPU', 'openvino:NPU', 'openvino:AUTO' or 'openvino:HETERO:…', or onnx-native with the provider library in PyPI onnxruntime-ep-openvino; run on the CPU device, not on such hardware.",
  },
  { hardware: 'Intel Movidius', ...cpuOnly('The stick', 'OpenVINO up to 2022.3') },
  { hardware: 'Google Coral', ...cpuOnly('The Edge TPU', 'TensorFlow Lite with libedgetpu') },
  { hardware: 'Hailo-8, Hailo-8L, Hailo-10', ...cpuOnly('The accelerator', 'HailoRT') },
  { hardware: 'Rockchip NPU', ...cpuOnly('The NPU', 'RKNN') },
  { hardware: 'NXP i.MX NPU, Arm Ethos-U', ...cpuOnly('The NPU', 'TensorFlow Lite with a vendor delegate') },
  { hardware: 'Apple Neural Engine, GPU', ...throughProvider('coreml, which the library for macOS has') },
  { hardware: 'Qualcomm Hexagon', ...throughProvider('qnn, of a libonnxruntime or provider library that has it') },
];

/** One loader per runtime; a library is imported when its runtime is first asked for. */
export type RuntimeTable = Readonly<Partial<Record<RuntimeId, () => Promise<Runtime>>>>;

/**
 * Opens a model with the first of the listed runtimes that takes it. Nothing else is tried; `placement.limitations` of the
 * session says why one before it was passed over.
 * @param choices in order of preference. @param table where runtimes come from. @param name of the model, for messages.
 * @throws the error of the runtime, where only one is listed.
 * @throws {UnsupportedError} ERR_UNSUPPORTED where each of several failed; `details.tried` says why.
 */
export async function selectRuntime(
  choices: readonly RuntimeChoice[],
  table: RuntimeTable,
  model: Uint8Array,
  name: string,
  options: OpenOptions,
): Promise<Session> {
  const tried: { runtime: string; code: string; problem: string }[] = [];
  let last: unknown;
  for (const choice of choices) {
    const { runtime, device } = resolveRuntime(choice);
    const load = table[runtime];
    try {
      if (!load) {
        throw new UnsupportedError({
          subject: 'runtime',
          expected: `one of ${Object.keys(table).join(', ')}`,
          received: String(runtime),
          details: { supported: Object.keys(table) },
        });
      }
      const session = await (await load()).open(model, name, { ...options, device });
      if (tried.length > 0) {
        const { placement } = session;
        const passedOver = tried.map((each) => `Not ${each.runtime}: ${each.problem}`);
        placement.limitations = [...passedOver, ...(placement.limitations ?? [])];
      }
      return session;
    } catch (error) {
      options.signal?.throwIfAborted();
      last = error;
      const code = error instanceof ReflexarcError ? error.code : 'none';
      tried.push({ runtime: choice, code, problem: error instanceof Error ? error.message : String(error) });
    }
  }
  if (tried.length === 1) throw last;
  throw new UnsupportedError({
    subject: name,
    expected: 'a runtime that opens it',
    received:
      tried.length === 0 ? 'an empty list of runtimes' : tried.map((t) => `${t.runtime}: ${t.problem}`).join(' · '),
    remedy: 'List other runtimes, or mend what each of them says.',
    details: { tried, supported: Object.keys(table) },
    cause: last,
  });
}
