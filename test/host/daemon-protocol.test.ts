import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { PipelineDefinitionInput } from '../../src/core/definition.js';
import { createPipeline } from '../../src/pipeline/create-pipeline.node.js';
import { describeWith } from '../assets.js';
import { havePython, python } from '../python.js';
import { root } from './cli-process.js';
import { storedConveyor } from './host-client.js';
import { startHost, type TestHost } from './test-host.js';

const rules = [
  { type: 'line', id: 'gate', from: { x: 0.5, y: 1 }, to: { x: 0.5, y: 0 }, reject: ['*-defective'] },
] as const;
const belt = { source: { type: 'synthetic', seed: 7 }, track: { type: 'sort' }, frames: 60 } as const;

// Written from docs/protocol.md alone, in another language: both ends of the package could share a mistake.
describeWith('a reader that knows only the document', havePython('json'), python, () => {
  let host: TestHost;

  beforeAll(async () => {
    host = await startHost(['--camera', 'belt=synthetic,seed=7,frameRate=10']);
  });

  afterAll(async () => {
    await host?.close();
  });

  const read = (definition: object, results: number, ...more: string[]) => {
    const file = join(host.folder, 'definition.json');
    writeFileSync(file, JSON.stringify({ ...definition, model: { type: 'bundle', path: storedConveyor } }));
    const script = join(root, 'test', 'fixtures', 'read-host-stream.py');
    const child = spawn(python, [script, host.tokenFile, file, String(results), ...more], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [out, errors] = ['', ''];
    child.stdout.on('data', (text) => {
      out += text;
    });
    child.stderr.on('data', (text) => {
      errors += text;
    });
    return new Promise<ReturnType<typeof JSON.parse>>((resolve, reject) => {
      child.once('close', (code) => (code === 0 ? resolve(JSON.parse(out)) : reject(new Error(errors))));
    });
  };

  it('reads every result and every event of a whole run', async () => {
    const report = await read({ ...belt, rules }, 1000);
    const definition: PipelineDefinitionInput = {
      ...belt,
      rules: [{ ...rules[0], reject: [...rules[0].reject] }],
      model: { type: 'bundle', path: join(root, 'models', 'conveyor') },
      execution: 'inline',
    };
    await using pipeline = await createPipeline(definition);
    const expected = [];
    for await (const { spans: _, late: __, ...found } of pipeline.run()) expected.push(found);
    const results = report.results.map(({ spans: _, late: __, ...found }: { spans: unknown; late: unknown }) => found);
    expect(results).toEqual(JSON.parse(JSON.stringify(expected)));
    expect(report.events).toEqual(expected.flatMap(({ events }) => events));
    expect(report.events.length).toBeGreaterThan(0);
    expect(report).toMatchObject({ model: 'conveyor', lossless: true, missed: 0, reason: 'ended', frames: 60 });
    expect(report.phases).toContain('golden');
  });

  it('reads a camera with pictures', async () => {
    const report = await read(
      { ...belt, source: { type: 'camera', deviceId: 'belt' }, frames: undefined },
      12,
      'preview',
    );
    expect(report).toMatchObject({ lossless: false, reason: 'closed' });
    expect(report.results.length).toBeGreaterThanOrEqual(12);
    expect(report.pictures.length).toBeGreaterThan(3);
    const frames = new Set(report.results.map(({ frame }: { frame: number }) => frame));
    for (const { frame, width, height } of report.pictures.slice(0, 3)) {
      expect([frames.has(frame), width, height]).toEqual([true, 1280, 720]);
    }
  });
});
