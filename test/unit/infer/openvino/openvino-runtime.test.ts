import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { identityModel } from '../../../../src/infer/one-node-model.js';
import { numbersByVersion } from '../../../../src/infer/openvino/element-types.node.js';
import { OpenVinoLibrary } from '../../../../src/infer/openvino/openvino-library.node.js';
import { openVinoRuntime } from '../../../../src/infer/openvino/openvino-runtime.node.js';
import type { OpenOptions } from '../../../../src/infer/runtime.js';
import { loadKernels } from '../../../../src/kernels/load-kernels.node.js';
import { openVinoLibrary, openVinoOptions } from '../../../openvino.js';
import { describeWithPython } from '../../../python.js';
import { plainAllocator } from '../plain-allocator.js';

const options = (own: Parameters<typeof openVinoOptions>[0] = {}, more: Partial<OpenOptions> = {}): OpenOptions => ({
  threads: 1,
  slots: 1,
  allocator: plainAllocator,
  runtimeOptions: openVinoOptions(own),
  ...more,
});
const text = (content: string) => new TextEncoder().encode(content);

/** OpenVINO's IR of one operation, from input `x` to output `y`. */
function intermediate(
  type: string,
  version: string,
  inDims: string[],
  outDims: string[],
  outType = 'FP32',
): Uint8Array {
  const dims = (list: string[]) => list.map((dim) => `<dim>${dim}</dim>`).join('');
  const outElement = outType === 'I64' ? '<data output_type="i64"/>' : '';
  return text(`<?xml version="1.0"?><net name="m" version="11"><layers>
<layer id="0" name="x" type="Parameter" version="opset1"><data shape="${inDims.join(',').replaceAll('-1', '?')}" element_type="f32"/>
<output><port id="0" precision="FP32" names="x">${dims(inDims)}</port></output></layer>
<layer id="1" name="op" type="${type}" version="${version}">${outElement}<input><port id="0" precision="FP32">${dims(inDims)}</port></input>
<output><port id="1" precision="${outType}" names="y">${dims(outDims)}</port></output></layer>
<layer id="2" name="y/result" type="Result" version="opset1"><input><port id="0" precision="${outType}">${dims(outDims)}</port></input></layer>
</layers><edges><edge from-layer="0" from-port="0" to-layer="1" to-port="0"/><edge from-layer="1" from-port="1" to-layer="2" to-port="0"/></edges></net>`);
}

describeWithPython('openvino', ['openvino'], () => {
  let library: OpenVinoLibrary;
  let live: number;

  beforeEach(async () => {
    library = await OpenVinoLibrary.open(openVinoLibrary());
    live = library.live;
  });
  // Whatever a test does, nothing of the library's is left behind.
  afterEach(() => {
    vi.unstubAllEnvs();
    expect(library.live).toBe(live);
  });

  it('runs a model: inputs in, outputs out, placement and allocations reported', async () => {
    const session = await openVinoRuntime.open(identityModel, 'identity', options({}, { slots: 2 }));
    expect(session.inputs).toEqual([{ name: 'x', dataType: 'float32', shape: [1] }]);
    expect(session.outputs).toEqual([{ name: 'y', dataType: 'float32', shape: [1] }]);
    expect(session.placement).toEqual({
      runtime: 'openvino',
      version: library.version,
      device: 'cpu',
      executionProvider: 'CPU',
      threads: 1,
      simd: 'native',
      fullyAccelerated: true,
    });
    expect(session.allocations).toEqual({ arrayBuffersPerRun: 0, bytesPerRun: 0 });
    expect(session.overlaps).toBe(true);
    for (let round = 0; round < 50; round++) {
      for (const [index, slot] of session.slots.entries()) slot.inputs[0]!.data[0] = round + index / 2;
      await Promise.all(session.slots.map((slot) => session.run(slot)));
      expect(session.slots.map((slot) => slot.outputs[0]!.data[0])).toEqual([round, round + 0.5]);
    }
    await session.close();
  });

  it('blocks with one slot: the outputs are there when run returns', async () => {
    const session = await openVinoRuntime.open(identityModel, 'identity', options());
    expect(session.overlaps).toBe(false);
    const [slot] = session.slots;
    slot!.inputs[0]!.data[0] = 7;
    const run = session.run(slot!);
    expect(slot!.outputs[0]!.data[0]).toBe(7);
    await run;
    await session.close();
  });

  it('numbers element types as its table by version says', () => {
    for (const [name, number] of Object.entries(numbersByVersion(library.version))) {
      expect(library.elementTypes.typeOf(number).name).toBe(name);
    }
  });

  it('writes into kernel memory, and follows it where it grows', async () => {
    const kernels = await loadKernels({ tier: 'wasm-simd' });
    const session = await openVinoRuntime.open(identityModel, 'identity', options({}, { allocator: kernels }));
    const [slot] = session.slots;
    slot!.inputs[0]!.data[0] = 3;
    await session.run(slot!);
    const before = slot!.inputs[0]!.data;
    kernels.allocate(kernels.memoryBytes).close();
    expect(slot!.inputs[0]!.data === before).toBe(false);
    slot!.inputs[0]!.data[0] = 4;
    await session.run(slot!);
    expect(slot!.outputs[0]!.data[0]).toBe(4);
    await session.close();
  });

  it('takes the memory that a tensor has moved to', async () => {
    let memory = new Float32Array([1]);
    const moving = {
      allocateTensor: (descriptor: Parameters<typeof plainAllocator.allocateTensor>[0]) =>
        descriptor.name === 'x'
          ? {
              ...descriptor,
              get data() {
                return memory;
              },
            }
          : plainAllocator.allocateTensor(descriptor),
    };
    const session = await openVinoRuntime.open(identityModel, 'identity', options({}, { allocator: moving }));
    await session.run(session.slots[0]!);
    memory = new Float32Array([9]);
    await session.run(session.slots[0]!);
    expect(session.slots[0]!.outputs[0]!.data[0]).toBe(9);
    await session.close();
  });

  it('reads outputs whose shape only a run tells', async () => {
    const model = intermediate('NonZero', 'opset3', ['4'], ['1', '-1'], 'I64');
    const session = await openVinoRuntime.open(model, 'nonzero', options());
    expect(session.outputs).toEqual([{ name: 'y', dataType: 'int64', shape: [1, -1] }]);
    const [slot] = session.slots;
    expect(() => slot!.outputs[0]!.data).toThrow(expect.objectContaining({ code: 'ERR_ARGUMENT' }));
    for (const values of [
      [0, 5, 0, 5],
      [1, 1, 1, 1],
      [0, 0, 0, 0],
    ]) {
      (slot!.inputs[0]!.data as Float32Array).set(values);
      await session.run(slot!);
      const places = values.flatMap((value, i) => (value ? [BigInt(i)] : []));
      expect(slot!.outputs[0]).toMatchObject({ shape: [1, places.length] });
      expect(Array.from(slot!.outputs[0]!.data as BigInt64Array)).toEqual(places);
    }
    await session.close();
  });

  it('settles free dimensions or names them', async () => {
    const model = intermediate('ReLU', 'opset1', ['-1', '3', '-1'], ['-1', '3', '-1']);
    await expect(openVinoRuntime.open(model, 'm', options())).rejects.toMatchObject({
      code: 'ERR_SHAPE',
      subject: 'm: input x [?, 3, ?]',
      details: { freeAxes: [0, 2] },
    });
    const session = await openVinoRuntime.open(model, 'm', options({}, { inputShapes: { x: [2, 3, 5] } }));
    expect([session.inputs[0]!.shape, session.outputs[0]!.shape]).toEqual([
      [2, 3, 5],
      [2, 3, 5],
    ]);
    (session.slots[0]!.inputs[0]!.data as Float32Array).fill(-1).fill(2, 29);
    await session.run(session.slots[0]!);
    expect(session.slots[0]!.outputs[0]!.data[29]).toBe(2);
    expect(session.slots[0]!.outputs[0]!.data[28]).toBe(0);
    await session.close();
  });

  it.each(['AUTO', 'AUTO:CPU', 'HETERO:CPU', 'cpu'])('runs on %s', async (device) => {
    const session = await openVinoRuntime.open(identityModel, 'identity', options({ device, hint: 'throughput' }));
    expect(session.placement).toMatchObject({ device: 'cpu', fullyAccelerated: true });
    expect(session.placement.executionProvider).toContain('CPU');
    session.slots[0]!.inputs[0]!.data[0] = 2;
    await session.run(session.slots[0]!);
    expect(session.slots[0]!.outputs[0]!.data[0]).toBe(2);
    await session.close();
  });

  it.each(['HETERO', 'hetero:', 'MULTI', 'MULTI:,', 'BATCH'])('wants to know the devices of %s', async (device) => {
    const [name] = device.toUpperCase().split(':');
    for (const given of [options({ device }), options({}, { device })]) {
      await expect(openVinoRuntime.open(identityModel, 'identity', given)).rejects.toMatchObject({
        code: 'ERR_ARGUMENT',
        subject: 'device of openvino',
        expected: expect.stringMatching(`^${name} with the devices that it is to use \\(.*CPU`),
        received: `${name} alone`,
        remedy: expect.stringContaining(`${name}:GPU`),
      });
    }
  });

  it('takes devices that a property names', async () => {
    const given = options({ device: 'HETERO', properties: { MULTI_DEVICE_PRIORITIES: 'CPU' } });
    const session = await openVinoRuntime.open(identityModel, 'identity', given);
    await session.run(session.slots[0]);
    await session.close();
  });

  it('gives threads, precision, streams and pinning to the device', async () => {
    const own = { precision: 'f32', streams: 2, pinning: false, properties: { ENABLE_HYPER_THREADING: 'NO' } } as const;
    const session = await openVinoRuntime.open(identityModel, 'identity', options(own, { threads: 2 }));
    expect(session.placement.threads).toBe(2);
    await session.close();
    const many = await openVinoRuntime.open(identityModel, 'identity', options({}, { threads: 500 }));
    expect(many.placement.threads).toBeLessThan(500);
    expect(many.placement.limitations).toEqual([expect.stringMatching(/^\d+ threads instead of 500/)]);
    await many.close();
  });

  it('keeps compiled models in the folder that it is told', async () => {
    const cacheDir = mkdtempSync(join(tmpdir(), 'reflexarc-cache-'));
    const session = await openVinoRuntime.open(identityModel, 'identity', options({ cacheDir }));
    await session.close();
    expect(readdirSync(cacheDir).filter((name) => name.endsWith('.blob'))).toHaveLength(1);
    const again = await openVinoRuntime.open(identityModel, 'identity', options({ cacheDir }));
    again.slots[0]!.inputs[0]!.data[0] = 6;
    await again.run(again.slots[0]!);
    expect(again.slots[0]!.outputs[0]!.data[0]).toBe(6);
    await again.close();
    rmSync(cacheDir, { recursive: true });
  });

  it('refuses a folder for compiled models that cannot be one', async () => {
    for (const cacheDir of ['/proc/reflexarc', '/no/such/place']) {
      await expect(openVinoRuntime.open(identityModel, 'identity', options({ cacheDir }))).rejects.toMatchObject({
        code: 'ERR_ARGUMENT',
        subject: `runtimeOptions.openvino.cacheDir ${cacheDir}`,
      });
    }
  });

  it('refuses properties that the device does not take, with those that it does', async () => {
    for (const name of ['NO_SUCH_PROPERTY', 'FULL_DEVICE_NAME']) {
      await expect(
        openVinoRuntime.open(identityModel, 'identity', options({ properties: { [name]: '1' } })),
      ).rejects.toMatchObject({
        code: 'ERR_ARGUMENT',
        subject: `runtimeOptions.openvino: ${name}`,
        details: { supported: expect.arrayContaining(['NUM_STREAMS', 'CACHE_DIR']) },
      });
    }
    const wrong = openVinoRuntime.open(identityModel, 'identity', options({ properties: { NUM_STREAMS: 'many' } }));
    await expect(wrong).rejects.toMatchObject({ code: 'ERR_MODEL_LOAD', received: expect.stringContaining('many') });
  });

  it.each([
    ['XPU', 'XPU'],
    ['GPU.7', 'GPU.7'],
    ['HETERO:XPU,CPU', 'XPU in HETERO:XPU,CPU'],
  ])('refuses the device %s, with those that there are', async (device, received) => {
    // The device of a place comes before that of the options.
    for (const given of [options({ device }), options({ device: 'CPU' }, { device })]) {
      await expect(openVinoRuntime.open(identityModel, 'identity', given)).rejects.toMatchObject({
        code: 'ERR_UNSUPPORTED',
        subject: 'device of openvino',
        received,
        details: { supported: expect.arrayContaining(['CPU']) },
      });
    }
    const session = await openVinoRuntime.open(
      identityModel,
      'identity',
      options({ device }, { device: 'HETERO:CPU' }),
    );
    expect(session.placement.executionProvider).toMatch(/^HETERO:CPU/);
    await session.close();
  });

  it.each([
    ['nothing', new Uint8Array(0), 'an empty file'],
    ['a page', text('<!doctype html><p>no</p>'), 'a web page'],
    ['a pointer', text('version https://git-lfs.github.com/spec/v1'), 'a Git LFS pointer'],
    ['garbage', new Uint8Array(1000).fill(0xa5), 'one that OpenVINO cannot read'],
    ['half a model', identityModel.subarray(0, 30), 'one that OpenVINO cannot read'],
    ['a TensorFlow Lite model cut short', text('\x1c\0\0\0TFL3 and nothing'), 'one that OpenVINO cannot read'],
    [
      'an IR that is none',
      text('<?xml version="1.0"?><net name="m" version="11"><layers>'),
      'an IR without its weights',
    ],
  ])('refuses %s', async (_, bytes, received) => {
    const folder = mkdtempSync(join(tmpdir(), 'reflexarc-'));
    vi.stubEnv('TMPDIR', folder);
    await expect(openVinoRuntime.open(bytes, 'm', options())).rejects.toMatchObject({
      code: 'ERR_MODEL_LOAD',
      subject: 'm',
      received: expect.stringContaining(received),
    });
    expect(readdirSync(folder)).toEqual([]);
    rmSync(folder, { recursive: true });
  });

  it('refuses a border of types that tensors do not carry', async () => {
    const model = text(
      new TextDecoder()
        .decode(intermediate('ReLU', 'opset1', ['2'], ['2']))
        .replaceAll('FP32', 'FP64')
        .replace('f32', 'f64'),
    );
    await expect(openVinoRuntime.open(model, 'm', options())).rejects.toMatchObject({
      code: 'ERR_MODEL_LOAD',
      subject: 'm: input x',
      received: 'f64',
    });
  });

  it('refuses slots of others, and runs after the end', async () => {
    const session = await openVinoRuntime.open(identityModel, 'identity', options());
    const other = await openVinoRuntime.open(identityModel, 'identity', options());
    await expect(session.run(other.slots[0]!)).rejects.toMatchObject({ code: 'ERR_ARGUMENT', subject: 'slot' });
    await Promise.all([session.close(), session.close(), other.close()]);
    await expect(session.run(session.slots[0]!)).rejects.toMatchObject({ code: 'ERR_CLOSED' });
  });

  it('rejects with the reason of an aborted signal', async () => {
    const reason = new Error('enough');
    await expect(
      openVinoRuntime.open(identityModel, 'identity', options({}, { signal: AbortSignal.abort(reason) })),
    ).rejects.toBe(reason);
    const session = await openVinoRuntime.open(identityModel, 'identity', options({}, { slots: 2 }));
    await expect(session.run(session.slots[0]!, AbortSignal.abort(reason))).rejects.toBe(reason);
    const controller = new AbortController();
    const run = session.run(session.slots[0]!, controller.signal);
    controller.abort(reason);
    await expect(run).rejects.toBe(reason);
    await session.run(session.slots[0]!);
    await session.close();
  });

  it('refuses files that are no library, and says where it looked', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'reflexarc-'));
    const path = join(folder, 'libopenvino_c.so');
    writeFileSync(path, 'no library');
    const open = (own: Parameters<typeof openVinoOptions>[0]) => openVinoRuntime.open(identityModel, 'm', options(own));
    await expect(open({ library: path })).rejects.toMatchObject({
      code: 'ERR_UNSUPPORTED',
      subject: path,
      received: expect.stringContaining('does not load'),
    });
    const { path: libc } = { path: '/lib/x86_64-linux-gnu/libm.so.6' };
    if (process.arch === 'x64') {
      await expect(open({ library: libc })).rejects.toMatchObject({
        code: 'ERR_UNSUPPORTED',
        received: 'a library without the function ov_get_openvino_version',
      });
    }
    vi.stubEnv('REFLEXARC_OPENVINO_LIBRARY', join(folder, 'missing.so'));
    const report = await openVinoRuntime.probe();
    expect(report).toMatchObject({ id: 'openvino', status: 'unavailable', version: null, devices: [] });
    expect(report.problem).toContain('missing.so');
    vi.stubEnv('REFLEXARC_OPENVINO_LIBRARY', openVinoLibrary());
    expect(await openVinoRuntime.probe()).toEqual({
      id: 'openvino',
      status: 'works',
      version: library.version,
      devices: expect.arrayContaining([expect.stringMatching(/^CPU \(.+\)$/)]),
      problem: null,
      remedy: null,
    });
    rmSync(folder, { recursive: true });
  });

  it('finds the library of an active Python environment', async () => {
    const lib = openVinoLibrary();
    vi.stubEnv('REFLEXARC_OPENVINO_LIBRARY', '');
    vi.stubEnv('VIRTUAL_ENV', lib.replace(/\/lib\/python3.*/, ''));
    expect((await OpenVinoLibrary.open()).path).toBe(library.path);
  });

  it('gives everything back: a hundred sessions leave memory as it was', async () => {
    const model = readFileSync('models/conveyor/standard.onnx');
    const round = async () => {
      const session = await openVinoRuntime.open(model, 'conveyor', options({}, { slots: 2 }));
      await Promise.all(session.slots.map((slot) => session.run(slot)));
      await session.close();
    };
    for (let i = 0; i < 20; i++) await round();
    const before = process.memoryUsage().rss;
    for (let i = 0; i < 100; i++) await round();
    // A compiled model is several MB: one in ten that stayed would be seen.
    expect(process.memoryUsage().rss - before).toBeLessThan(40 * 2 ** 20);
  }, 120_000);
});
