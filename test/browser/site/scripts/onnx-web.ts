import { sha256 } from '../../../../src/bundle/sha256.js';
import { serializeError } from '../../../../src/core/error.js';
import type { ExecutionProviderId } from '../../../../src/core/runtime-choice.js';
import { elementCount, type TensorDescriptor } from '../../../../src/core/tensor.js';
import type { Placement, ProbeReport, Session } from '../../../../src/infer/runtime.js';
import { webRuntimes } from '../../../../src/infer/runtimes.web.js';
import { selectRuntime } from '../../../../src/infer/select.js';
import { fillPattern } from '../../tensor-pattern.js';

/** Which model to open, and how. */
export interface InferOptions {
  model: string;
  threads?: number;
  executionProviders?: ExecutionProviderId[];
  assetBaseUrl?: string;
  startTimeoutMs?: number;
  /** Hides what the smaller WebGPU build needs, so that the other one is taken. */
  withoutStackSwitching?: boolean;
}

/** What a run gave. */
export interface InferAnswer {
  placement: Placement;
  /** SHA-256 of the bytes of each output. */
  digests: string[];
  /** The elements of each output, where asked for. */
  outputs?: number[][];
}

const allocator = {
  allocateTensor: (descriptor: TensorDescriptor) => ({
    ...descriptor,
    data: new Float32Array(elementCount(descriptor.shape)),
  }),
};

async function open(options: InferOptions): Promise<Session> {
  const { model, threads = 1, executionProviders, assetBaseUrl, startTimeoutMs, withoutStackSwitching } = options;
  if (withoutStackSwitching) Reflect.deleteProperty(WebAssembly, 'Suspending');
  const weights = new Uint8Array(await (await fetch(model)).arrayBuffer());
  const table = webRuntimes({ assetBaseUrl, startTimeoutMs });
  return selectRuntime(['onnx-web'], table, weights, model, { threads, executionProviders, slots: 1, allocator });
}

async function run(session: Session, withOutputs: boolean): Promise<InferAnswer> {
  const [slot] = session.slots;
  for (const { data } of slot.inputs) fillPattern(data as Float32Array);
  await session.run(slot);
  const arrays = slot.outputs.map(({ data }) => data as Float32Array);
  const digests = await Promise.all(
    arrays.map(({ buffer, byteOffset, byteLength }) => sha256(new Uint8Array(buffer, byteOffset, byteLength))),
  );
  const outputs = withOutputs ? { outputs: arrays.map((data) => Array.from(data)) } : {};
  return { placement: session.placement, digests, ...outputs };
}

/** Opens a model, runs it once on the pattern and closes it. */
export async function infer(options: InferOptions, withOutputs = false): Promise<InferAnswer> {
  const session = await open(options);
  try {
    return await run(session, withOutputs);
  } finally {
    await session.close();
  }
}

/** Runs of two sessions that the caller does not wait for: they must neither hang nor mix. */
export async function overlap(first: InferOptions, second: InferOptions): Promise<InferAnswer[]> {
  const sessions = [await open(first), await open(second)];
  const answers = await Promise.all([...sessions, ...sessions].map((session) => run(session, false)));
  await Promise.all(sessions.map((session) => session.close()));
  return answers;
}

/** What becomes of a session whose device is lost, between runs or during one, and of the next one. */
export async function loseDevice(options: InferOptions, during: boolean): Promise<Record<string, unknown>> {
  const devices: GPUDevice[] = [];
  const { requestDevice } = GPUAdapter.prototype;
  GPUAdapter.prototype.requestDevice = async function (descriptor) {
    const device = await requestDevice.call(this, descriptor);
    devices.push(device);
    return device;
  };
  const code = (promise: Promise<unknown>) =>
    promise.then(
      () => 'no error',
      (error) => serializeError(error).code,
    );
  const session = await open(options);
  const before = await run(session, false);
  const slot = session.slots[0];
  const running = during ? code(session.run(slot)) : undefined;
  if (during) await new Promise((resolve) => setTimeout(resolve, 5));
  devices[0].destroy();
  const first = running ? await running : await devices[0].lost.then(() => code(session.run(slot)));
  const second = await code(session.run(slot));
  await session.close();
  const anew = await infer({ ...options, withoutStackSwitching: false });
  return { first, second, devices: devices.length, same: anew.digests.join() === before.digests.join() };
}

/** The probe of the runtime. */
export async function probe(assetBaseUrl?: string): Promise<ProbeReport> {
  return (await webRuntimes({ assetBaseUrl })['onnx-web']()).probe();
}
