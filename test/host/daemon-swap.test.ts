import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Result } from '../../src/core/result.js';
import { connectTo, openOn, storedConveyor } from './host-client.js';
import { startHost, type TestHost } from './test-host.js';

let host: TestHost;

beforeAll(async () => {
  host = await startHost();
});

afterAll(async () => {
  await host?.close();
});

it('a page replaces the model of its pipeline; no result is lost, and what is wrong leaves the old one', async () => {
  const { connection } = await connectTo(() => host);
  const pipeline = await openOn(connection, { frames: 60 });
  expect(pipeline.info.model.variant).toBe('standard');
  const results: Result[] = [];
  let swapping: Promise<unknown> | undefined;
  for await (const result of pipeline.run()) {
    results.push(result);
    if (results.length === 5) {
      const absent = { type: 'bundle', path: `store:${'0'.repeat(64)}`, goldenCheck: true } as const;
      await expect(pipeline.swapModel(absent)).rejects.toMatchObject({ code: 'ERR_MODEL_LOAD' });
      const file = { type: 'file', path: '/etc/passwd', preset: 'yolox' } as const;
      await expect(pipeline.swapModel(file)).rejects.toMatchObject({ code: 'ERR_ARGUMENT' });
    }
    if (results.length === 10) {
      swapping = pipeline.swapModel({ type: 'bundle', path: storedConveyor, variant: 'small', goldenCheck: true });
    }
    if (results.length === 20) await swapping;
  }
  expect(results.map(({ frame }) => frame)).toEqual(Array.from({ length: 60 }, (_, frame) => frame));
  expect(pipeline.info.model.variant).toBe('small');
  expect(results.at(-1)?.items.length).toBeGreaterThan(0);
  connection.close();
}, 180_000);
