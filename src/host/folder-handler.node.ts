import { createReadStream, type Stats } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join, resolve, sep } from 'node:path';
import { InvalidArgumentError } from '../core/error.js';

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

/** Answers requests with the files of a folder. */
export type FolderHandler = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * Answers requests that name this machine with files inside a folder, links resolved; there are no listings.
 * @param extra headers for every answer, beside those that isolate the pages.
 * @throws {InvalidArgumentError} ERR_ARGUMENT no such folder.
 */
export async function createFolderHandler(
  folder: string,
  extra: Readonly<Record<string, string>> = {},
): Promise<FolderHandler> {
  const root = await realpath(resolve(folder)).catch((cause) => {
    throw new InvalidArgumentError({
      subject: folder,
      expected: 'a folder to serve',
      received: 'nothing there',
      cause,
    });
  });
  return (request, response) => {
    for (const [name, value] of Object.entries({ ...headers, ...extra })) response.setHeader(name, value);
    answer(root, request, response).catch(() => {
      // The file went away between two looks at it.
      if (response.headersSent) response.destroy();
      else refuse(response, 500, 'Internal Server Error');
    });
  };
}

/** True where a request names this machine; a name of another site that resolves to this machine is not this machine. */
export function namesLoopback({ headers }: IncomingMessage): boolean {
  return /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(headers.host ?? '');
}

async function answer(root: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD');
    return refuse(response, 405, 'Method Not Allowed');
  }
  if (!namesLoopback(request)) return refuse(response, 403, 'Forbidden');
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

/** Refuses a request with a line of text. */
export function refuse(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
}
