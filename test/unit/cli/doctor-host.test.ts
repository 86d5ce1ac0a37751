import { appendFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { examineHost } from '../../../src/cli/doctor-host.node.js';
import { ModelStore } from '../../../src/deploy/model-store.node.js';

describe('what doctor says of a host', () => {
  let folder: string;
  const examine = async (port = 0) => {
    const places = {
      port,
      tokenFile: join(folder, 'host.json'),
      store: join(folder, 'store'),
      devices: join(folder, 'dev'),
    };
    const parts = await examineHost(places);
    return Object.fromEntries(parts.map((part) => [part.id.replace('host: ', ''), part]));
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'reflexarc-doctor-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('finds nothing in the way, and makes nothing', async () => {
    const parts = await examine();
    expect(Object.values(parts).map(({ status }) => status)).toEqual(Array(5).fill('works'));
    expect(parts['model store'].found).toMatch(/not made yet/);
    expect(parts.cameras.found).toBe('no video device');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('names a port that is taken, and what to do', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo;
    const parts = await examine(port);
    expect(parts.port).toMatchObject({ status: 'unavailable', problem: expect.stringContaining(`port ${port}`) });
    expect(parts.port.remedy).toMatch(/another port/);
    other.close();
  });

  it('takes no other program for the host of a stale token file', async () => {
    const other = createServer((socket) => socket.end('HTTP/1.1 404 Not Found\r\n\r\n')).listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo;
    const content = { url: `http://127.0.0.1:${port}/`, port, pid: process.pid, token: 'x'.repeat(43), store: folder };
    writeFileSync(join(folder, 'host.json'), JSON.stringify(content));
    const parts = await examine(port);
    expect(parts['token file'].found).toMatch(/has ended/);
    expect(parts.port).toMatchObject({ status: 'unavailable', problem: expect.stringContaining('one in use') });
    other.close();
  });

  it('tells a stale token file from one that is none', async () => {
    const content = { url: 'http://127.0.0.1:9/', port: 9, pid: 2 ** 22 - 1, token: 'x'.repeat(43), store: folder };
    writeFileSync(join(folder, 'host.json'), JSON.stringify(content));
    expect((await examine())['token file'].found).toMatch(/has ended/);
    writeFileSync(join(folder, 'host.json'), 'no token');
    expect((await examine())['token file']).toMatchObject({
      status: 'unavailable',
      remedy: expect.stringMatching(/./),
    });
  });

  it('finds a file of the store that was changed', async () => {
    const store = await ModelStore.open(join(folder, 'store'));
    await store.add('models/conveyor');
    expect((await examine())['model store'].found).toMatch(/whole, models: 1/);
    const blobs = join(folder, 'store/blobs/sha256');
    appendFileSync(join(blobs, readdirSync(blobs)[0] as string), 'x');
    expect((await examine())['model store']).toMatchObject({
      status: 'unavailable',
      remedy: expect.stringContaining('store add'),
    });
  });
});
