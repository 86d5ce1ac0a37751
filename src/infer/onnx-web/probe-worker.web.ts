import { ReflexarcError } from '../../core/error.js';
import { elementCount, type TensorDescriptor } from '../../core/tensor.js';
import { identityModel } from './identity-model.js';
import { webPlatform } from './onnx-web-platform.web.js';
import { OnnxWebRuntime } from './onnx-web-runtime.js';

/** What the worker is asked. */
export interface ProbeQuestion {
  base: string | undefined;
  startTimeoutMs: number;
}

/** What the worker found: the version that started, or why none did. */
export type ProbeAnswer = { version: string } | { problem: string; remedy: string | null };

// Entry of the worker: one start, one answer.
addEventListener('message', async ({ data }: MessageEvent<ProbeQuestion>) => postMessage(await start(data)));

async function start({ base, startTimeoutMs }: ProbeQuestion): Promise<ProbeAnswer> {
  const runtime = new OnnxWebRuntime({
    ...webPlatform(base, startTimeoutMs),
    probe: () => Promise.reject(new Error('a probe does not probe')),
  });
  const allocateTensor = (descriptor: TensorDescriptor) => ({
    ...descriptor,
    data: new Float32Array(elementCount(descriptor.shape)),
  });
  try {
    const options = { threads: 1, slots: 1, allocator: { allocateTensor } };
    const session = await runtime.open(identityModel, 'identity', options);
    return { version: session.placement.version };
  } catch (error) {
    const remedy = error instanceof ReflexarcError ? (error.remedy ?? null) : null;
    return { problem: error instanceof Error ? error.message : String(error), remedy };
  }
}
