import { afterAll, beforeAll, expect, it } from 'vitest';
import type { PipelineDefinitionInput } from '../../src/core/definition.js';
import type { SerializedError } from '../../src/core/error.js';
import { describeWithChromium } from './chromium.js';
import type { Misuse } from './site/scripts/pipeline.js';
import { openSitePage, type TestPage } from './test-page.js';

const definition: PipelineDefinitionInput = {
  source: { type: 'synthetic' },
  model: { type: 'bundle', path: 'models/conveyor' },
  queue: 'wait',
  frames: 2,
};

// Two px by two, red in each format: luma and chroma of limited range, BT.601; gray has its upper byte last.
const [luma, blue, red] = [81, 90, 240];
const sourceModule = `export default ({ format, bytes, count = 1 }) => ({
  info: { type: 'own', endless: false },
  async read(allocator) {
    if (count-- === 0) return undefined;
    const frame = allocator.allocate({ format, codedWidth: 2, codedHeight: 2, id: 0, timestamp: 0 });
    frame.data.set(bytes);
    return frame;
  },
  async skip() { return 0; },
  close() {},
});`;

describeWithChromium('options of createPipeline in a page', () => {
  let page: TestPage;
  beforeAll(async () => {
    page = await openSitePage({
      isolated: true,
      faults: [{ match: /\/source\.js$/, type: 'text/javascript', body: sourceModule }],
    });
  });
  afterAll(() => page?.close());

  it.each<[Misuse, string, string | RegExp]>([
    ['null', 'options', 'null'],
    ['signal', 'options.signal', 'a plain object'],
    ['text as workerFactory', 'options.workerFactory', '"x"'],
    ['workerFactory without a worker', 'what options.workerFactory returns', 'a plain object'],
    ['object as preview', 'options.preview', 'a plain object'],
    ['div as preview', 'options.preview', 'an object (HTMLDivElement)'],
    ['preview in use', 'options.preview', 'one that gives no bitmaprenderer context'],
    ['onStream', 'options.onStream', '5'],
    ['text as sinks', 'options.sinks', '"x"'],
    ['number as sink', 'options.sinks[0]', '5'],
    ['assetBaseUrl', 'options.assetBaseUrl', '5'],
    ['text as models', 'options.models', '"x"'],
    ['text as model', 'options.models["x.onnx"]', '"text"'],
    ['bytes as model', 'options.models["x.onnx"]', 'an object (Uint8Array)'],
    ['garbage as wasmBinary', 'options.wasmBinary', 'an object (Uint8Array)'],
    ['text as wasmBinary', 'options.wasmBinary', '"x"'],
    ['half a header as wasmBinary', 'options.wasmBinary', 'an object (Uint8Array)'],
    ['broken wasmBinary', 'options.wasmBinary', /./],
    ['another module as wasmBinary', 'options.wasmBinary', 'another module'],
    ['another module inline', 'options.wasmBinary', 'another module'],
    ['websocket', 'WebSocketSink: url', '"::::"'],
    ['function in a definition', 'pipeline definition: source.options', /could not be cloned$/],
    ['object as canvas', 'canvas of the overlay', 'something else'],
    ['nothing as canvas', 'canvas of the overlay', 'something else'],
  ])('that are wrong are one ERR_ARGUMENT: %s', async (how, subject, received) => {
    const error = await page.inPage<SerializedError>('pipeline', 'misuse', how, definition);
    expect(error).toMatchObject({ name: 'InvalidArgumentError', code: 'ERR_ARGUMENT', subject });
    expect(error.received).toEqual(typeof received === 'string' ? received : expect.stringMatching(received));
    expect(error.expected).toEqual(expect.any(String));
  });

  it.each([
    ['NV21', [luma, luma, luma, luma, red, blue], [254, 0, 0]],
    ['NV12', [luma, luma, luma, luma, blue, red], [254, 0, 0]],
    ['YUY2', [luma, blue, luma, red, luma, blue, luma, red], [254, 0, 0]],
    ['UYVY', [blue, luma, red, luma, blue, luma, red, luma], [254, 0, 0]],
    ['GRAY16', [255, 90, 255, 90, 255, 90, 255, 90], [90, 90, 90]],
    ['BGR', [0, 0, 254, 0, 0, 254, 0, 0, 254, 0, 0, 254], [254, 0, 0]],
  ])('preview shows frames in %s', async (format, bytes, colour) => {
    const source = { type: 'module', url: 'source.js', options: { format, bytes } };
    const shown = await page.inPage<number[]>('pipeline', 'previewOf', { ...definition, source });
    expect(shown.length).toBe(2 * 2 * 4);
    shown.forEach((value, at) => {
      expect(Math.abs(value - [...colour, 255][at % 4]), `byte ${at} of ${shown}`).toBeLessThanOrEqual(2);
    });
  });
});
