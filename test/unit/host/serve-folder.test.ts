import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FolderServer, serveFolder } from '../../../src/host/serve-folder.node.js';

const parent = mkdtempSync(join(tmpdir(), 'reflexarc-serve-'));
const folder = join(parent, 'site');
let server: FolderServer;

beforeAll(async () => {
  mkdirSync(join(folder, 'assets'), { recursive: true });
  mkdirSync(join(folder, 'inner'));
  mkdirSync(join(folder, 'bare'));
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>Site</title>');
  writeFileSync(join(folder, 'inner', 'index.html'), 'inner');
  writeFileSync(join(folder, 'a file ü.txt'), 'umlaut');
  writeFileSync(join(folder, 'assets', 'runtime-AbCd_123.mjs'), 'export {};');
  writeFileSync(join(folder, 'assets', 'kernels.wasm'), Buffer.from([0, 0x61, 0x73, 0x6d]));
  writeFileSync(join(folder, 'blank.js'), '');
  writeFileSync(join(parent, 'secret.txt'), 'secret');
  symlinkSync(join(parent, 'secret.txt'), join(folder, 'link.txt'));
  server = await serveFolder({ folder });
});

afterAll(async () => {
  await server.close();
  rmSync(parent, { recursive: true });
});

const get = (path: string, init?: RequestInit) => fetch(new URL(path, server.url), { redirect: 'manual', ...init });

/** A request as written: `fetch` tidies paths up. Resolves to the status line and the body. */
function raw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const { port } = new URL(server.url);
    const socket = connect(Number(port), '127.0.0.1', () => socket.write(text.replaceAll('\n', '\r\n')));
    let received = '';
    socket.on('data', (chunk) => {
      received += chunk;
    });
    socket.on('close', () => resolve(received));
    socket.on('error', reject);
  });
}

describe('serveFolder', () => {
  it('serves the page of a folder, isolated', async () => {
    const response = await get('./');
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('<!doctype html><title>Site</title>');
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'content-length': '34',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
      'cross-origin-resource-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-cache',
    });
  });

  it.each([
    ['./assets/runtime-AbCd_123.mjs', 'text/javascript; charset=utf-8', 'public, max-age=31536000, immutable'],
    ['./assets/kernels.wasm', 'application/wasm', 'no-cache'],
    ['./a%20file%20%C3%BC.txt?x=1', 'text/plain; charset=utf-8', 'no-cache'],
    ['./blank.js', 'text/javascript; charset=utf-8', 'no-cache'],
  ])('gives %s its type', async (path, type, cache) => {
    const response = await get(path);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe(type);
    expect(response.headers.get('cache-control')).toBe(cache);
  });

  it('sends to the slash behind a folder', async () => {
    const response = await get('./inner');
    expect([response.status, response.headers.get('location')]).toEqual([308, 'inner/']);
    expect(await (await get('./inner/')).text()).toBe('inner');
  });

  it('answers HEAD without a body, and 304 to a browser that has it', async () => {
    const head = await get('./', { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '34', '']);
    const since = head.headers.get('last-modified') ?? '';
    expect((await get('./', { headers: { 'If-Modified-Since': since } })).status).toBe(304);
  });

  it.each([
    ['a missing file', '/missing', 404],
    ['a folder without a page', '/bare/', 404],
    ['a folder without a page, without its slash', '/bare', 404],
    ['a way out', '/../secret.txt', 400],
    ['an encoded way out', '/%2e%2e/secret.txt', 400],
    ['an encoded slash in a way out', '/inner/..%2f..%2fsecret.txt', 400],
    ['a backslash', '/..%5csecret.txt', 400],
    ['a link that leads out', '/link.txt', 404],
    ['an absolute path', `/${parent}/secret.txt`, 404],
    ['a zero byte', '/index.html%00.js', 400],
    ['a broken encoding', '/%E0%A4%A', 400],
    ['no path', 'http://other/', 400],
  ])('refuses %s', async (_, path, status) => {
    const answer = await raw(`GET ${path} HTTP/1.1\nHost: 127.0.0.1\nConnection: close\n\n`);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer).not.toContain('secret');
  });

  it('refuses other names for this machine, and other methods', async () => {
    expect(await raw('GET / HTTP/1.1\nHost: example.com\nConnection: close\n\n')).toMatch(/^HTTP\/1.1 403 /);
    expect(await raw('GET / HTTP/1.1\nHost: localhost:1\nConnection: close\n\n')).toMatch(/^HTTP\/1.1 200 /);
    const post = await get('./', { method: 'POST', body: 'x' });
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  it('says that a port is taken or a folder is not there', async () => {
    const port = Number(new URL(server.url).port);
    await expect(serveFolder({ folder, port })).rejects.toMatchObject({
      code: 'ERR_ARGUMENT',
      subject: `port ${port}`,
      received: 'one in use',
    });
    await expect(serveFolder({ folder: join(parent, 'nowhere') })).rejects.toMatchObject({ code: 'ERR_ARGUMENT' });
  });

  it('closes, twice if asked, with connections open', async () => {
    const other = await serveFolder({ folder });
    await fetch(other.url, { headers: { Connection: 'keep-alive' } });
    await Promise.all([other.close(), other.close()]);
    await expect(fetch(other.url)).rejects.toThrow();
  });
});
