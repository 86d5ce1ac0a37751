import { describe, expect, it } from 'vitest';
import { pipelineDefinitionSchema } from '../../../src/core/definition.js';
import { parse } from '../../../src/core/parse.js';
import { preprocessSpecSchema } from '../../../src/core/preprocess-spec.js';

const minimal = { source: { type: 'synthetic' }, model: { type: 'bundle', path: 'm' } };
const read = (data: unknown) => parse(pipelineDefinitionSchema, data, 'definition');

describe('pipeline definition', () => {
  it('fills in defaults and survives JSON and a structured clone', () => {
    const definition = read(minimal);
    expect(definition).toMatchObject({ slots: 2, execution: 'worker', runtime: ['onnx-web'], threads: 1, rules: [] });
    expect(read(JSON.parse(JSON.stringify(definition)))).toEqual(definition);
    expect(read(structuredClone(definition))).toEqual(definition);
  });

  it.each([
    ['an unknown key', { ...minimal, sourse: 1 }, 'sourse'],
    ['an unknown source', { ...minimal, source: { type: 'radar' } }, 'source.type'],
    ['a source without its path', { ...minimal, source: { type: 'pictures' } }, 'source.path'],
    ['a function', { ...minimal, sinks: [() => {}] }, 'sinks.0'],
    ['three slots', { ...minimal, slots: 3 }, 'slots'],
    ['an unknown runtime', { ...minimal, runtime: ['magic'] }, 'runtime.0'],
    ['an infinite deadline', { ...minimal, deadlineMs: Number.POSITIVE_INFINITY }, 'deadlineMs'],
  ])('refuses %s, naming where it is', (_name, data, path) => {
    expect(() => read(data)).toThrow(
      expect.objectContaining({ code: 'ERR_ARGUMENT', subject: expect.stringContaining(path) }),
    );
  });

  it('names what came', () => {
    expect(() => read({ ...minimal, slots: 'two' })).toThrow(expect.objectContaining({ received: '"two"' }));
    expect(() => read(null)).toThrow(expect.objectContaining({ subject: 'definition', received: 'null' }));
  });
});

describe('preprocessing spec', () => {
  it('has the defaults that its docblock states', () => {
    expect(parse(preprocessSpecSchema, { width: 4, height: 2 }, 'spec')).toEqual({
      width: 4,
      height: 2,
      rotation: 0,
      mirror: false,
      resize: 'letterbox',
      align: 'center',
      rounding: 'round',
      pad: 114,
      filter: 'bilinear',
      colorOrder: 'rgb',
      scale: 1,
      mean: 0,
      std: 1,
      layout: 'nchw',
      dataType: 'float32',
    });
  });

  it.each([{ width: 0 }, { width: 1.5 }, { pad: 256 }, { mean: [1, 2, 3, 4] }, { filter: 'magic' }, { std: 'x' }])(
    'refuses %o',
    (change) => {
      const read = () => parse(preprocessSpecSchema, { width: 4, height: 2, ...change }, 'spec');
      expect(read).toThrow(expect.objectContaining({ code: 'ERR_ARGUMENT' }));
    },
  );
});
