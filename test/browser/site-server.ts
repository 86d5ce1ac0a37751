import { createReadStream, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';
import { assetRoot } from '../assets.js';

/** An answer that takes a file's place. */
export interface SiteFault {
  /** Which files, by their path. */
  match: RegExp;
  status?: number;
  type?: string;
  body?: string | Uint8Array;
  /** Promises so many bytes, and sends some. */
  length?: number;
  /** Takes the request and never answers it. */
  hang?: boolean;
  /** Answers as without the fault, but not before this settles. */
  until?: Promise<void>;
}

/** How the pages are served. */
export interface SiteOptions {
  /** Sends the headers that isolate a page, so that memory can be shared. */
  isolated?: boolean;
  /** Content security policy of every file. */
  csp?: string;
  faults?: readonly SiteFault[];
  /** Folder of the built pages; the tests' own by default. */
  folder?: string;
}

/** A running server on this machine's loopback. The caller closes it. */
export interface Site extends AsyncDisposable {
  readonly origin: string;
  /** Paths asked for so far. */
  readonly requests: string[];
  close(): Promise<void>;
}

/** The policy under which the WASM path must run. */
export const strictPolicy =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; img-src 'self' data:";

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};

/** What is served beside the built pages, by the beginning of the path. */
const mounts: Readonly<Record<string, string>> = {
  '/test-assets/': assetRoot,
  '/test-fixtures/': fileURLToPath(new URL('../fixtures', import.meta.url)),
  '/models/': fileURLToPath(new URL('../../models', import.meta.url)),
  '/kernels/': fileURLToPath(new URL('../../wasm', import.meta.url)),
  '/onnxruntime-web/': fileURLToPath(new URL('../../node_modules/onnxruntime-web/dist', import.meta.url)),
};

/** Serves the built pages on a port of its own: an origin per way of serving. */
export async function serveSite(options: SiteOptions = {}): Promise<Site> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    // A percent sign that encodes nothing stands for itself.
    const path = decodeURIComponent(pathname.replaceAll(/%(?![\da-f]{2})/gi, '%25'));
    requests.push(path);
    answer(path, options, request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { origin, requests, close, [Symbol.asyncDispose]: close };
}

function answer(path: string, options: SiteOptions, request: IncomingMessage, response: ServerResponse): void {
  if (options.isolated) {
    response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
    response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
  }
  if (options.csp) response.setHeader('Content-Security-Policy', options.csp);
  const fault = options.faults?.find(({ match }) => match.test(path));
  if (fault?.hang) return;
  if (fault?.until) {
    void fault.until.then(() => answer(path, { ...options, faults: [] }, request, response));
    return;
  }
  const file = fileOf(path, options.folder ?? inject('siteFolder'));
  const type = fault?.type ?? types[extname(file)] ?? 'application/octet-stream';
  if (fault?.body !== undefined || fault?.status !== undefined) {
    response.writeHead(fault.status ?? 200, { 'Content-Type': type });
    response.end(fault.body ?? '');
    return;
  }
  if (fault?.length !== undefined) {
    response.writeHead(200, { 'Content-Type': type, 'Content-Length': fault.length });
    response.write(new Uint8Array(1000));
    return;
  }
  const stats = statSync(file, { throwIfNoEntry: false });
  if (!stats?.isFile()) {
    response.writeHead(404, { 'Content-Type': 'text/html' });
    response.end('<!doctype html><title>Not found</title>');
    return;
  }
  response.writeHead(200, { 'Content-Type': type, 'Content-Length': stats.size });
  if (request.method === 'HEAD') response.end();
  else createReadStream(file).pipe(response);
}

function fileOf(path: string, folder: string): string {
  const clean = normalize(path).replaceAll('\\', '/');
  for (const [prefix, root] of Object.entries(mounts)) {
    if (clean.startsWith(prefix)) return join(root, clean.slice(prefix.length));
  }
  return join(folder, clean.endsWith('/') ? `${clean}index.html` : clean);
}
