import { describe, expect, it } from 'vitest';
import { type PipelineDefinitionInput, pipelineDefinitionSchema } from '../../../src/core/definition.js';
import { parse } from '../../../src/core/parse.js';
import { checkHostDefinition } from '../../../src/host/host-definition.js';

const model = { type: 'bundle', path: `store:${'0'.repeat(64)}` } as const;
const fine: PipelineDefinitionInput = { source: { type: 'synthetic' }, model };
const check = (part: Partial<PipelineDefinitionInput>) =>
  checkHostDefinition(parse(pipelineDefinitionSchema, { ...fine, ...part }, 'definition'));

describe('what a page may ask of a host', () => {
  it.each<[string, Partial<PipelineDefinitionInput>]>([
    ['a synthetic source', {}],
    ['a camera', { source: { type: 'camera', deviceId: 'line', width: 640, height: 480, frameRate: 30 } }],
    [
      'how ONNX Runtime computes',
      { runtimeOptions: { 'onnx-native': { config: { 'session.intra_op.allow_spinning': '0' } } } },
    ],
    ['providers by name', { runtimeOptions: { 'onnx-native': { providers: ['cuda', 'cpu'] } } }],
    [
      'devices by name',
      { runtime: ['openvino:NPU', 'openvino:HETERO:GPU.1,CPU', 'onnx-native:cuda', 'onnx-web:wasm'] },
    ],
    [
      'providers with plain options',
      {
        runtimeOptions: {
          'onnx-native': { providers: [{ name: 'openvino', options: { device_type: 'GPU', num_streams: '2' } }] },
        },
      },
    ],
    [
      'how OpenVINO computes',
      {
        runtimeOptions: {
          openvino: { device: 'AUTO:GPU,CPU', hint: 'throughput', precision: 'f16', properties: { NUM_STREAMS: '2' } },
        },
      },
    ],
  ])('%s', (_, part) => {
    check(part);
  });

  it.each<[string, Partial<PipelineDefinitionInput>]>([
    ['source', { source: { type: 'video', path: 'x.mp4' } }],
    ['source', { source: { type: 'pictures', path: '/' } }],
    ['source', { source: { type: 'recording', path: '/' } }],
    ['source', { source: { type: 'module', url: 'file:///x.mjs' } }],
    ['source', { source: { type: 'screen' } }],
    ['source.facingMode', { source: { type: 'camera', facingMode: 'user' } }],
    ['sinks', { sinks: [{ type: 'jsonl', path: '/etc/x' }] }],
    ['sinks', { sinks: [{ type: 'module', url: 'file:///x.mjs' }] }],
    ['sinks', { sinks: [{ type: 'websocket', url: 'ws://x/' }] }],
    ['model.type', { model: { type: 'file', path: 'x.onnx', preset: 'yolox' } }],
    ['model.path', { model: { type: 'bundle', path: '/models/x' } }],
    ['model.path', { model: { type: 'bundle', path: `store:../${'0'.repeat(61)}` } }],
    ['model.path', { model: { type: 'bundle', path: `store:${'0'.repeat(64)}/..` } }],
    [
      'preprocess.before.background.picture',
      { preprocess: { width: 64, height: 64, before: { background: { picture: '/etc/passwd', threshold: 10 } } } },
    ],
    ['runtimeOptions.openvino.library', { runtimeOptions: { openvino: { library: '/tmp/x.so' } } }],
    ['runtimeOptions.openvino.cacheDir', { runtimeOptions: { openvino: { cacheDir: '/tmp' } } }],
    [
      'runtimeOptions.openvino.properties.CACHE_DIR',
      { runtimeOptions: { openvino: { properties: { CACHE_DIR: '/' } } } },
    ],
    ['runtimeOptions.onnx-native.library', { runtimeOptions: { 'onnx-native': { library: '/tmp/x.so' } } }],
    ...[
      'session.optimized_model_filepath',
      'session.enable_profiling',
      'session.collect_node_memory_stats_to_file',
      'session.node_partition_config_file',
      'ep.context_enable',
    ].map((key): [string, Partial<PipelineDefinitionInput>] => [
      `runtimeOptions.onnx-native.config.${key}`,
      { runtimeOptions: { 'onnx-native': { config: { [key]: 'x' } } } },
    ]),
    [
      'runtimeOptions.onnx-native.config.session.dynamic_block_base',
      { runtimeOptions: { 'onnx-native': { config: { 'session.dynamic_block_base': '/x' } } } },
    ],
    [
      'runtimeOptions.onnx-native.providers: tensorrt.trt_dump_subgraphs',
      {
        runtimeOptions: {
          'onnx-native': { providers: [{ name: 'tensorrt', options: { trt_dump_subgraphs: 'True' } }] },
        },
      },
    ],
    [
      'runtimeOptions.onnx-native.providers: unheard.x',
      { runtimeOptions: { 'onnx-native': { providers: [{ name: 'unheard', options: { x: '1' } }] } } },
    ],
    [
      'runtimeOptions.openvino.properties.NUM_STREAMS',
      { runtimeOptions: { openvino: { properties: { NUM_STREAMS: '../x' } } } },
    ],
    ['runtimeOptions.onnx-native.profile', { runtimeOptions: { 'onnx-native': { profile: '/tmp/x' } } }],
    [
      'runtimeOptions.onnx-native.pluginLibraries',
      { runtimeOptions: { 'onnx-native': { pluginLibraries: { a: '/x.so' } } } },
    ],
    [
      'runtimeOptions.onnx-native.providers: tensorrt.trt_engine_cache_path',
      {
        runtimeOptions: {
          'onnx-native': { providers: [{ name: 'tensorrt', options: { trt_engine_cache_path: 'x' } }] },
        },
      },
    ],
    [
      'runtimeOptions.onnx-native.providers: qnn.backend',
      { runtimeOptions: { 'onnx-native': { providers: [{ name: 'qnn', options: { backend: '../libQnnHtp.so/' } }] } } },
    ],
  ])('not %s', (field, part) => {
    expect(() => check(part)).toThrow(
      expect.objectContaining({
        code: 'ERR_ARGUMENT',
        subject: `pipeline definition for a host: ${field}`,
        details: { field: field.startsWith('runtimeOptions.onnx-native.providers') ? expect.any(String) : field },
      }),
    );
  });
});
