import { describe, expect, it } from 'vitest';
import { type RuntimeOptionsInput, runtimeOption } from '../../../src/cli/runtime-option.js';

const read = (...texts: string[]) =>
  texts.reduce<RuntimeOptionsInput | undefined>(
    (before, text) => runtimeOption('--runtime-option')(text, before),
    undefined,
  );

describe('--runtime-option', () => {
  it.each<[string, RuntimeOptionsInput]>([
    ['onnx-native.providers=cuda,cpu', { 'onnx-native': { providers: ['cuda', 'cpu'] } }],
    ['onnx-native.providers=cpu', { 'onnx-native': { providers: ['cpu'] } }],
    [
      'onnx-native.providers=[{"name":"tensorrt","options":{"trt_fp16_enable":"1"}},"cuda"]',
      { 'onnx-native': { providers: [{ name: 'tensorrt', options: { trt_fp16_enable: '1' } }, 'cuda'] } },
    ],
    ['onnx-native.library=/opt/a=b/libonnxruntime.so', { 'onnx-native': { library: '/opt/a=b/libonnxruntime.so' } }],
    ['onnx-native.pluginLibraries.ov=/p.so', { 'onnx-native': { pluginLibraries: { ov: '/p.so' } } }],
    [
      'onnx-native.config.session.intra_op.allow_spinning=0',
      { 'onnx-native': { config: { 'session.intra_op.allow_spinning': '0' } } },
    ],
    ['openvino.device=AUTO:GPU,CPU', { openvino: { device: 'AUTO:GPU,CPU' } }],
    ['openvino.streams=2', { openvino: { streams: 2 } }],
    ['openvino.pinning=false', { openvino: { pinning: false } }],
  ])('reads %s', (text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  it('gathers options and their entries', () => {
    expect(
      read('onnx-native.config.a=1', 'onnx-native.config.b=2', 'openvino.hint=latency', 'openvino.hint=throughput'),
    ).toEqual({ 'onnx-native': { config: { a: '1', b: '2' } }, openvino: { hint: 'throughput' } });
  });

  it.each([
    'onnx-native',
    'onnx-native.config=foo',
    'onnx-native.pluginLibraries=/x.so',
    'openvino.properties=FOO=1',
    'onnx-native.providers',
    'onnx-native.nothing=1',
    'tensorrt.precision=f16',
    'onnx-native.providers=[cuda',
    'openvino.streams=0',
    'openvino.hint=fast',
    'onnx-native.providers.cuda=1',
  ])('refuses %s', (text) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ code: 'ERR_ARGUMENT', subject: '--runtime-option' }));
  });
});
