import { describe, expect, it } from 'vitest';
import { type PipelineDefinitionInput, pipelineDefinitionSchema } from '../../../src/core/definition.js';
import { parse } from '../../../src/core/parse.js';
import { parseRuntimes, type RuntimeChoice, resolveRuntime } from '../../../src/core/runtime-choice.js';

function read(runtime: unknown) {
  const definition = { source: { type: 'synthetic' }, model: { type: 'bundle', path: 'm' }, runtime };
  return parse(pipelineDefinitionSchema, definition as PipelineDefinitionInput, 'definition').runtime;
}

describe('a runtime with its device', () => {
  it.each<[RuntimeChoice, object]>([
    ['onnx-web', { runtime: 'onnx-web' }],
    ['onnx-web:webgpu', { runtime: 'onnx-web', device: 'webgpu' }],
    ['onnx-native:cuda', { runtime: 'onnx-native', device: 'cuda' }],
    ['onnx-native:openvino:gpu', { runtime: 'onnx-native', device: 'openvino:gpu' }],
    ['openvino:GPU.1', { runtime: 'openvino', device: 'GPU.1' }],
    ['openvino:HETERO:GPU,CPU', { runtime: 'openvino', device: 'HETERO:GPU,CPU' }],
    ['openvino:AUTO:-GPU,CPU(2)', { runtime: 'openvino', device: 'AUTO:-GPU,CPU(2)' }],
  ])('%s is taken apart at its first colon', (choice, place) => {
    expect(read([choice])).toEqual([choice]);
    expect(resolveRuntime(choice)).toEqual(place);
  });

  it.each<[string, unknown, string, RegExp, string]>([
    ['an unknown runtime', ['cuda:0'], 'definition: runtime.0', /onnx-web, onnx-native, openvino.*:DEVICE/, '"cuda:0"'],
    ['a runtime in other letters', ['OpenVINO:CPU'], 'definition: runtime.0', /openvino/, '"OpenVINO:CPU"'],
    ['a name that objects have', ['constructor'], 'definition: runtime.0', /openvino/, '"constructor"'],
    ['a device without a runtime', [':CPU'], 'definition: runtime.0', /openvino/, '":CPU"'],
    ['what is no text', [7], 'definition: runtime.0', /openvino/, '7'],
    ['an empty device', ['onnx-web', 'openvino:'], 'definition: runtime.1', /openvino:GPU\.1/, '"openvino:"'],
    [
      'an empty device at the end',
      ['openvino:AUTO:GPU,'],
      'definition: runtime.0',
      /AUTO:GPU,CPU/,
      '"openvino:AUTO:GPU,"',
    ],
    ['spaces', ['openvino: CPU'], 'definition: runtime.0', /openvino:CPU/, '"openvino: CPU"'],
    ['a path', ['onnx-native:../x.so'], 'definition: runtime.0', /onnx-native:cuda/, '"onnx-native:../x.so"'],
    [
      'a device that the runtime cannot have',
      ['onnx-web:cuda'],
      'definition: runtime.0',
      /onnx-web:wasm, onnx-web:webgpu/,
      '"onnx-web:cuda"',
    ],
    ['one place twice', ['openvino:CPU', 'openvino:cpu'], 'definition: runtime.1', /once/, '"openvino:cpu"'],
    ['one runtime twice', ['onnx-web', 'onnx-web'], 'definition: runtime.1', /once/, '"onnx-web"'],
    ['an empty list', [], 'definition: runtime', /at least 1/, '0'],
  ])('%s is one error that says what is', (_, runtime, subject, expected, received) => {
    expect(() => read(runtime)).toThrow(
      expect.objectContaining({
        code: 'ERR_ARGUMENT',
        subject,
        expected: expect.stringMatching(expected),
        received,
        details: { issues: [expect.anything()] },
      }),
    );
  });

  it.each([
    ['openvino', ['openvino']],
    ['openvino:NPU, openvino:CPU ,onnx-native', ['openvino:NPU', 'openvino:CPU', 'onnx-native']],
    [
      'openvino:AUTO:GPU,CPU,openvino:HETERO:GPU.1,-NPU,CPU,onnx-native:cuda,onnx-web:wasm',
      ['openvino:AUTO:GPU,CPU', 'openvino:HETERO:GPU.1,-NPU,CPU', 'onnx-native:cuda', 'onnx-web:wasm'],
    ],
  ])('%s is read with its commas', (text, choices) => {
    expect(parseRuntimes(text)).toEqual(choices);
  });

  it.each(['', 'openvino,', 'openvino:AUTO:GPU,', 'openvino:CPU,GPU', 'onnx-native:cuda,cpu', 'magic'])(
    '%j is refused',
    (text) => {
      expect(() => parseRuntimes(text)).toThrow(expect.objectContaining({ code: 'ERR_ARGUMENT' }));
    },
  );
});
