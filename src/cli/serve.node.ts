import { createReadStream, type Stats } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, resolve, sep } from 'node:path';
import { InvalidArgumentError } from '../core/error.js';

/** What is served, and where. */
export interface ServeOptions {
  /** Folder whose files are served. */
  folder: string;
  /** Port to listen on; 0, or none given, takes a free one. */
  port?: number;
}

/** A running server. The caller closes it. */
export interface FolderServer extends AsyncDisposable {
  /** Address of the folder, ending in a slash. */
  readonly url: string;
  /** Ends it at once, open connections included. Idempotent. */
  close(): Promise<void>;
}

const host = '127.0.0.1';

/** Isolates the pages, so that WebAssembly may use threads; and keeps other sites from embedding or reading them. */
const headers: Readonly<Record<string, string>> = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
};

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.wasm': 'application/wasm',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.txt': 'text/plain; charset=utf-8',
  '.md': 'text/plain; charset=utf-8',
};

/**
 * Serves a folder to this machine's browsers, and to nothing else: on the loopback address, to requests that name it.
 * Only files inside the folder, links resolved, are handed out; there are no listings.
 * @throws {InvalidArgumentError} ERR_ARGUMENT no such folder; a port that is taken or not allowed.
 */
export async function serveFolder({ folder, port = 0 }: ServeOptions): Promise<FolderServer> {
  const root = await realpath(resolve(folder)).catch((cause) => {
    throw new InvalidArgumentError({
      subject: folder,
      expected: 'a folder to serve',
      received: 'nothing there',
      cause,
    });
  });
  const server = createServer((request, response) => {
    answer(root, request, response).catch(() => {
      // The file went away between two looks at it.
      if (response.headersSent) response.destroy();
      else refuse(response, 500, 'Internal Server Error');
    });
  });
  await listen(server, port);
  const { port: actual } = server.address() as AddressInfo;
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= new Promise<void>((done) => {
      server.close(() => done());
      server.closeAllConnections();
    });
    return closing;
  };
  return { url: `http://${host}:${actual}/`, close, [Symbol.asyncDispose]: close };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((done, failed) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      failed(
        new InvalidArgumentError({
          subject: `port ${port}`,
          expected: 'one that is free and allowed',
          received: cause.code === 'EADDRINUSE' ? 'one in use' : (cause.code ?? cause.message),
          remedy: 'Choose another port, or none for any free one.',
          cause,
        }),
      );
    });
    server.listen(port, host, done);
  });
}

async function answer(root: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD');
    return refuse(response, 405, 'Method Not Allowed');
  }
  // A name of another site that resolves to this machine is not this machine.
  if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(request.headers.host ?? '')) return refuse(response, 403, 'Forbidden');
  const path = pathOf(request.url ?? '');
  if (path === undefined) return refuse(response, 400, 'Bad Request');
  const found = await find(root, path);
  if (found === undefined) return refuse(response, 404, 'Not Found');
  if (found === 'folder') {
    // Relative addresses in its page start from the slash.
    response.writeHead(308, { Location: `${path.slice(path.lastIndexOf('/') + 1)}/` }).end();
    return;
  }
  const { file, stats } = found;
  response.setHeader('Content-Type', types[extname(file).toLowerCase()] ?? 'application/octet-stream');
  response.setHeader('Last-Modified', stats.mtime.toUTCString());
  // Names with a hash in them never change their content.
  const hashed = /-[\w-]{8}\.\w+$/.test(file) && path.includes('/assets/');
  response.setHeader('Cache-Control', hashed ? 'public, max-age=31536000, immutable' : 'no-cache');
  const since = Date.parse(request.headers['if-modified-since'] ?? '');
  if (since >= Math.floor(stats.mtimeMs / 1000) * 1000) {
    response.writeHead(304).end();
    return;
  }
  response.setHeader('Content-Length', stats.size);
  response.writeHead(200);
  if (request.method === 'HEAD') response.end();
  else
    createReadStream(file)
      .on('error', () => response.destroy())
      .pipe(response);
}

/** The decoded path of a request; undefined where it cannot be one. */
function pathOf(target: string): string | undefined {
  if (!target.startsWith('/')) return undefined;
  try {
    const path = decodeURIComponent(target.split(/[?#]/, 1)[0]);
    const climbs = path.split(/[/\\]/).some((part) => part === '..');
    return climbs || path.includes('\0') || path.includes('\\') ? undefined : path;
  } catch {
    return undefined;
  }
}

async function find(root: string, path: string): Promise<{ file: string; stats: Stats } | 'folder' | undefined> {
  const wanted = join(root, path.endsWith('/') ? `${path}index.html` : path);
  const file = await realpath(wanted).catch(() => undefined);
  if (file === undefined || (file !== root && !file.startsWith(root + sep))) return undefined;
  const stats = await stat(file);
  if (stats.isFile()) return { file, stats };
  return stats.isDirectory() && (await realpath(join(file, 'index.html')).catch(() => undefined))
    ? 'folder'
    : undefined;
}

function refuse(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
}
