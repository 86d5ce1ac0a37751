import { UnsupportedError } from '../../core/error.js';
import type { Gpu } from './gpu.js';

/** What the WebGPU build of onnxruntime-web asks of a device of its own; each as much as the adapter has. */
const limits = [
  'maxBindGroups',
  'maxBufferSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupSizeY',
  'maxComputeWorkgroupSizeZ',
  'maxComputeWorkgroupStorageSize',
  'maxComputeWorkgroupsPerDimension',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
] as const;

/** Features that its shaders use where they are there. */
const features: readonly GPUFeatureName[] = ['shader-f16', 'subgroups'];

const adapterTimeoutMs = 10_000;

/** What a page or worker can say of WebGPU without making a device. */
export type AdapterReport = { adapter: GPUAdapter } | { problem: string; remedy: string };

/** Asks for the fastest adapter. Never throws; time-boxed. */
export async function findAdapter(): Promise<AdapterReport> {
  const gpu = globalThis.navigator?.gpu;
  if (!gpu) {
    return globalThis.isSecureContext
      ? { problem: 'this browser has no WebGPU here', remedy: 'Use a browser with WebGPU, or list wasm.' }
      : { problem: 'the page is no secure context', remedy: 'Serve it over https or from localhost.' };
  }
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${adapterTimeoutMs} ms`)), adapterTimeoutMs);
  });
  try {
    const adapter = await Promise.race([gpu.requestAdapter({ powerPreference: 'high-performance' }), late]);
    if (adapter) return { adapter };
    return {
      problem: 'the browser has WebGPU but no adapter',
      remedy: 'Update the graphics driver or let the browser use the GPU, or list wasm.',
    };
  } catch (error) {
    return { problem: `no adapter: ${(error as Error).message}`, remedy: 'Reload the page, or list wasm.' };
  } finally {
    clearTimeout(timer);
  }
}

/** True where an adapter is a program on the CPU. */
function isSoftware({ info }: GPUAdapter): boolean {
  return info.isFallbackAdapter || /swiftshader|llvmpipe|warp/i.test(`${info.architecture} ${info.description}`);
}

/**
 * A device of the fastest adapter.
 * @throws {UnsupportedError} ERR_UNSUPPORTED with `details.reason` 'gpu': there is no WebGPU, no adapter, or no device
 * to be had.
 */
export async function openGpu(): Promise<Gpu> {
  const found = await findAdapter();
  if (!('adapter' in found)) {
    throw new UnsupportedError({
      subject: 'execution provider webgpu',
      expected: 'a WebGPU adapter',
      received: found.problem,
      remedy: found.remedy,
      details: { reason: 'gpu', supported: ['wasm'] },
    });
  }
  const { adapter } = found;
  try {
    const device = await adapter.requestDevice({
      requiredFeatures: features.filter((feature) => adapter.features.has(feature)),
      requiredLimits: Object.fromEntries(limits.map((limit) => [limit, adapter.limits[limit]])),
    });
    return new WebGpu(device, adapter);
  } catch (cause) {
    throw new UnsupportedError({
      subject: 'execution provider webgpu',
      expected: 'a WebGPU device',
      received: (cause as Error).message,
      remedy: 'Close other pages that use the GPU, or list wasm.',
      details: { reason: 'gpu', supported: ['wasm'] },
      cause,
    });
  }
}

class WebGpu implements Gpu {
  readonly device: GPUDevice;
  readonly description: string;
  readonly software: boolean;
  readonly lost: Promise<string>;
  #error: string | undefined;
  #closed = false;

  constructor(device: GPUDevice, adapter: GPUAdapter) {
    this.device = device;
    const { vendor, architecture, description } = adapter.info;
    this.description = [vendor, architecture, description].filter(Boolean).join(' ') || 'unnamed adapter';
    this.software = isSoftware(adapter);
    // Out of memory or an invalid command leaves outputs wrong without failing the run.
    device.addEventListener('uncapturederror', ({ error }) => {
      this.#error ??= error.message;
    });
    this.lost = new Promise((resolve) => {
      device.lost.then(({ reason, message }) => {
        if (!this.#closed) resolve([reason, message].filter(Boolean).join(': '));
      });
    });
  }

  takeError(): string | undefined {
    const error = this.#error;
    this.#error = undefined;
    return error;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.device.destroy();
  }
}
