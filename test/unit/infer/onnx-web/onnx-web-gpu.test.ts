import { describe, expect, it } from 'vitest';
import { ReflexarcError } from '../../../../src/core/error.js';
import type { ExecutionProviderId } from '../../../../src/core/runtime-choice.js';
import { identityModel } from '../../../../src/infer/one-node-model.js';
import type { Gpu } from '../../../../src/infer/onnx-web/gpu.js';
import { OnnxWebRuntime } from '../../../../src/infer/onnx-web/onnx-web-runtime.js';
import { onnxWebRuntime } from '../../../../src/infer/onnx-web/onnx-web-runtime.node.js';
import type { OrtModule } from '../../../../src/infer/onnx-web/onnx-web-session.js';
import { RunQueue } from '../../../../src/infer/run-queue.js';
import type { OpenOptions } from '../../../../src/infer/runtime.js';
import { plainAllocator } from '../plain-allocator.js';

const options: OpenOptions = { threads: 1, slots: 1, allocator: plainAllocator };

async function failure(promise: Promise<unknown>): Promise<ReflexarcError> {
  const error = await promise.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ReflexarcError);
  return error as ReflexarcError;
}

/** A graphics device that the test loses, spoils and counts. */
class FakeGpu implements Gpu {
  readonly device = {} as GPUDevice;
  readonly description = 'fake';
  readonly software = false;
  readonly lost: Promise<string>;
  lose: (reason: string) => void = () => {};
  error: string | undefined;
  closed = 0;

  constructor() {
    this.lost = new Promise((resolve) => {
      this.lose = resolve;
    });
  }

  takeError(): string | undefined {
    const { error } = this;
    this.error = undefined;
    return error;
  }

  close(): void {
    this.closed++;
  }
}

interface Behaviour {
  /** What a run does, beyond the one at the start. */
  run?(): Promise<void>;
  /** Whether the strict session, without nodes on the CPU, can be made. */
  strict?: boolean;
}

/** A build of the runtime whose every model is an Identity; notes what is called. */
function fakeOrt(behaviour: Behaviour, calls: string[]): OrtModule {
  const metadata = [{ name: 'x', isTensor: true, type: 'float32', shape: [1] }];
  const create = async (_: unknown, { extra }: { extra?: object }) => {
    if (extra && behaviour.strict === false) {
      throw new Error('… but fallback to CPU EP has been explicitly disabled by the user.');
    }
    const started = calls.length === 0;
    calls.push('create');
    return {
      inputMetadata: metadata,
      outputMetadata: [{ ...metadata[0], name: 'y' }],
      run: async ({ x }: { x: { data: Float32Array } }) => {
        calls.push('run');
        if (!started) await behaviour.run?.();
        return { y: { data: x.data.slice(), dims: [1] } };
      },
      release: async () => calls.push('release'),
    };
  };
  class Tensor {
    readonly data: Float32Array;
    constructor(_: string, data: ArrayLike<number>) {
      this.data = Float32Array.from(data);
    }
  }
  return { env: { wasm: {}, versions: { web: '0' } }, InferenceSession: { create }, Tensor } as unknown as OrtModule;
}

function runtimeOn(gpu: FakeGpu, behaviour: Behaviour = {}, startTimeoutMs = 1000) {
  const calls: string[] = [];
  const ort = fakeOrt(behaviour, calls);
  const platform = { importOrt: async () => ort, probe: () => onnxWebRuntime.probe(), startTimeoutMs };
  return { runtime: new OnnxWebRuntime({ ...platform, openGpu: async () => gpu }), calls };
}

const open = (runtime: OnnxWebRuntime) =>
  runtime.open(identityModel, 'identity', { ...options, executionProviders: ['webgpu'] });

describe('execution providers in Node', () => {
  it('have no webgpu, and say so', async () => {
    const asked = onnxWebRuntime.open(identityModel, 'identity', { ...options, executionProviders: ['webgpu'] });
    expect(await failure(asked)).toMatchObject({
      code: 'ERR_UNSUPPORTED',
      subject: 'execution provider',
      received: 'webgpu',
      details: { supported: ['wasm'] },
    });
  });

  it('pass over webgpu where wasm is listed after it, and say so', async () => {
    const executionProviders = ['webgpu', 'wasm'] as const;
    const session = await onnxWebRuntime.open(identityModel, 'identity', { ...options, executionProviders });
    expect(session.placement.executionProvider).toBe('wasm');
    expect(session.placement.limitations?.[0]).toContain('Not webgpu: ');
    await session.close();
  });

  it('are not gone through where the device is one of them', async () => {
    const executionProviders = ['webgpu', 'wasm'] as const;
    const [gpu, cpu] = ['webgpu', 'wasm'].map((device) => ({ ...options, executionProviders, device }));
    expect((await failure(onnxWebRuntime.open(identityModel, 'identity', gpu))).received).toBe('webgpu');
    const session = await onnxWebRuntime.open(identityModel, 'identity', cpu);
    expect(session.placement.limitations).toBeUndefined();
    await session.close();
  });

  it('are all named where none opens the model', async () => {
    const executionProviders = ['webgpu', 'cuda'] as unknown as ExecutionProviderId[];
    const asked = onnxWebRuntime.open(identityModel, 'identity', { ...options, executionProviders });
    const error = await failure(asked);
    expect(error.code).toBe('ERR_UNSUPPORTED');
    expect(error.received).toMatch(/webgpu: .* · cuda: /);
  });
});

describe('a session on a graphics device', () => {
  it('closes the device with the session, and when opening fails', async () => {
    const gpu = new FakeGpu();
    const session = await open(runtimeOn(gpu).runtime);
    expect(session.placement).toMatchObject({ executionProvider: 'webgpu', device: 'gpu', fullyAccelerated: true });
    await session.run(session.slots[0]);
    await session.close();
    expect(gpu.closed).toBe(1);

    const other = new FakeGpu();
    const { runtime, calls } = runtimeOn(other);
    const aborted = runtime.open(identityModel, 'identity', {
      ...options,
      executionProviders: ['webgpu'],
      allocator: {
        allocateTensor: () => {
          throw new Error('no memory');
        },
      },
    });
    await expect(aborted).rejects.toThrow('no memory');
    expect(other.closed).toBe(1);
    expect(calls.filter((call) => call === 'create').length).toBe(calls.filter((call) => call === 'release').length);
  });

  it('says where nodes of the model run on the CPU', async () => {
    const session = await open(runtimeOn(new FakeGpu(), { strict: false }).runtime);
    expect(session.placement).toMatchObject({ fullyAccelerated: false, limitations: [expect.stringContaining('CPU')] });
  });

  it('ends a run that hangs when the device is lost, and never runs again', async () => {
    const gpu = new FakeGpu();
    const { runtime, calls } = runtimeOn(gpu, { run: () => new Promise(() => {}) });
    const session = await open(runtime);
    const running = failure(session.run(session.slots[0]));
    const waiting = failure(session.run(session.slots[0]));
    await new Promise((resolve) => setTimeout(resolve));
    const runs = calls.filter((call) => call === 'run').length;
    gpu.lose('destroyed: the test did it');
    for (const error of [await running, await waiting, await failure(session.run(session.slots[0]))]) {
      expect(error).toMatchObject({ code: 'ERR_DEVICE_LOST', details: { reason: 'destroyed: the test did it' } });
    }
    expect(calls.filter((call) => call === 'run').length).toBe(runs);
  });

  it('is ERR_DEVICE_LOST where the run fails before the loss is told', async () => {
    const gpu = new FakeGpu();
    const session = await open(runtimeOn(gpu, { run: () => Promise.reject(new Error('mapAsync failed')) }).runtime);
    const running = failure(session.run(session.slots[0]));
    setTimeout(() => gpu.lose('unknown'), 5);
    expect((await running).code).toBe('ERR_DEVICE_LOST');
  });

  it('is ERR_RUNTIME where the run fails and the device stays', async () => {
    const session = await open(runtimeOn(new FakeGpu(), { run: () => Promise.reject(new Error('shapes')) }).runtime);
    expect(await failure(session.run(session.slots[0]))).toMatchObject({ code: 'ERR_RUNTIME', received: 'shapes' });
  });

  it('is ERR_RUNTIME where the device reported an error during the run: its outputs are no results', async () => {
    const gpu = new FakeGpu();
    const session = await open(runtimeOn(gpu).runtime);
    gpu.error = 'out of memory';
    const [slot] = session.slots;
    expect(await failure(session.run(slot))).toMatchObject({ code: 'ERR_RUNTIME', received: 'out of memory' });
    expect(() => slot.outputs[0].data).toThrow(expect.objectContaining({ code: 'ERR_ARGUMENT' }));
    await session.run(slot);
  });

  it('rejects at once when aborted during a run, which keeps its turn until it ends', async () => {
    let end = () => {};
    const run = () =>
      new Promise<void>((resolve) => {
        end = resolve;
      });
    const { runtime, calls } = runtimeOn(new FakeGpu(), { run });
    const session = await open(runtime);
    const controller = new AbortController();
    const running = session.run(session.slots[0], controller.signal);
    await new Promise((resolve) => setTimeout(resolve));
    controller.abort(new Error('stop'));
    await expect(running).rejects.toThrow('stop');
    const next = session.run(session.slots[0]);
    await new Promise((resolve) => setTimeout(resolve));
    expect(calls.filter((call) => call === 'run').length).toBe(2);
    end();
    await new Promise((resolve) => setTimeout(resolve));
    expect(calls.filter((call) => call === 'run').length).toBe(3);
    end();
    await next;
  });

  it('refuses to open a model behind a run that does not end', async () => {
    const { runtime } = runtimeOn(new FakeGpu(), { run: () => new Promise(() => {}) }, 20);
    const session = await open(runtime);
    session.run(session.slots[0]).catch(() => {});
    expect(await failure(open(runtime))).toMatchObject({ code: 'ERR_UNSUPPORTED', remedy: expect.any(String) });
  });
});

describe('the queue of runs', () => {
  it('calls one at a time, in order, failures included', async () => {
    const queue = new RunQueue();
    const log: string[] = [];
    const turn = (name: string, fails = false) =>
      queue.take(async () => {
        log.push(`${name} begins`);
        await new Promise((resolve) => setTimeout(resolve, 1));
        log.push(`${name} ends`);
        if (fails) throw new Error(name);
        return name;
      });
    const results = Promise.allSettled([turn('a'), turn('b', true), turn('c')]);
    await queue.idle();
    expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
    expect((await results).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });
});
