import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HostStatus } from '../../src/bridge/host-status.js';
import { describeWithNative, type NativeRuntime, nativeEnvironment } from '../native-runtimes.js';
import { connectTo, openOn } from './host-client.js';
import { startHost, type TestHost } from './test-host.js';

const vendors = /[^/\n]*(?:onnxruntime|openvino)[^/\n]*\.so[^/\n]*/g;
const own: Record<NativeRuntime, string> = { 'onnx-native': 'libonnxruntime.so', openvino: 'libopenvino_c.so' };

/** The vendors' libraries that a process has mapped, by the names of their files. */
function mappedBy(pid: number): string[] {
  const maps = readFileSync(`/proc/${pid}/maps`, 'utf8');
  expect(maps).toContain('/node');
  return [...new Set(maps.match(vendors) ?? [])];
}

describe('the libraries of vendors', () => {
  let host: TestHost;

  beforeAll(async () => {
    host = await startHost(['--camera', 'belt=synthetic,seed=7,frameRate=20'], { env: nativeEnvironment() });
  });

  afterAll(async () => {
    await host?.close();
  });

  const status = async () => {
    const headers = { Authorization: `Bearer ${host.token}` };
    return (await (await fetch(new URL('.reflexarc/status', host.url), { headers })).json()) as HostStatus;
  };

  const natives = ['onnx-native', 'openvino'] as const;
  for (const runtime of natives) {
    describeWithNative(runtime, runtime, () => {
      it('are mapped by its process alone while its pipeline runs, and never by the daemon', async () => {
        const { connection } = await connectTo(() => host);
        const source = { type: 'camera', deviceId: 'belt' } as const;
        const pipeline = await openOn(connection, { source, runtime: [runtime] });
        const run = pipeline.run();
        for (let results = 0; results < 5; results++) expect((await run.next()).done).toBe(false);
        const [{ children }] = (await status()).pipelines;
        expect(children).toMatchObject([{ runtime, state: 'ready' }]);
        const [{ pid }] = children;
        const names = mappedBy(pid as number);
        expect(names.some((name) => name.startsWith(own[runtime]))).toBe(true);
        for (const other of natives) {
          if (other !== runtime) expect(names.filter((name) => name.startsWith(own[other]))).toEqual([]);
        }
        expect(mappedBy(host.pid)).toEqual([]);
        // It was still at work when it was looked at.
        expect((await run.next()).done).toBe(false);
        connection.close();
        await expect.poll(async () => (await status()).pipelines).toEqual([]);
        expect(mappedBy(host.pid)).toEqual([]);
      });
    });
  }
});
