import { expect, it } from 'vitest';
import type { PipelineDefinitionInput } from '../../../src/core/definition.js';
import { createPipeline } from '../../../src/pipeline/create-pipeline.node.js';
import type { PipelineOptions } from '../../../src/pipeline/pipeline.js';

const definition: PipelineDefinitionInput = {
  source: { type: 'synthetic' },
  model: { type: 'bundle', path: 'models/conveyor' },
  frames: 1,
};
const create = (options: unknown, more?: object) =>
  createPipeline({ ...definition, ...more } as PipelineDefinitionInput, options as PipelineOptions);

it.each([
  ['options', null, 'null'],
  ['options', [], 'an array'],
  ['options', 'x', '"x"'],
  ['options.signal', { signal: {} }, 'a plain object'],
  ['options.signal', { signal: new AbortController() }, 'an object (AbortController)'],
  ['options.onProgress', { onProgress: 5 }, '5'],
  ['options.onFault', { onFault: 'x' }, '"x"'],
  ['options.onHealth', { onHealth: null }, 'null'],
  ['options.onEvent', { onEvent: [] }, 'an array'],
  ['options.source', { source: 'camera' }, '"camera"'],
  ['options.source', { source: { read() {} } }, 'a plain object'],
  ['options.sinks', { sinks: 'x' }, '"x"'],
  ['options.sinks[1]', { sinks: [{ result() {} }, 5] }, '5'],
  ['options.sinks[0]', { sinks: [{}] }, 'a plain object'],
  ['options.sinks[0]', { sinks: [{ result: 'x' }] }, 'a plain object'],
])('%s that is none is one clear error: %j', async (subject, options, received) => {
  await expect(create(options)).rejects.toMatchObject({
    name: 'InvalidArgumentError',
    code: 'ERR_ARGUMENT',
    subject,
    received,
    expected: expect.any(String),
  });
});

it('takes a signal of another kind that is one by its methods', async () => {
  const reason = new Error('changed my mind');
  const { signal } = new AbortController();
  const own = {
    aborted: true,
    throwIfAborted() {
      throw reason;
    },
    addEventListener: signal.addEventListener,
    removeEventListener: signal.removeEventListener,
  };
  await expect(create({ signal: own })).rejects.toBe(reason);
});

it.each([
  ['source.options', { source: { type: 'module', url: 'x.js', options: { each() {} } } }],
  ['sinks[0].options', { sinks: [{ type: 'module', url: 'x.js', options: { each() {} } }] }],
])('refuses %s that no worker can be sent', async (where, more) => {
  await expect(create({}, { ...more, execution: 'worker' })).rejects.toMatchObject({
    code: 'ERR_ARGUMENT',
    subject: `pipeline definition: ${where}`,
    received: expect.stringContaining('could not be cloned'),
    remedy: expect.stringContaining("'inline'"),
  });
});

it('leaves functions to a source on this thread', async () => {
  const source = { type: 'module', url: 'test/nowhere.js', options: { each() {} } };
  await expect(create({}, { source, execution: 'inline' })).rejects.toMatchObject({ code: 'ERR_SOURCE' });
});
