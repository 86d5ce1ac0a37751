import type { createServer } from 'vite';
import type { Consumer } from './consumer.js';

/** Starts Vite's development server. The caller closes it. @param create of the version of Vite that is meant. */
export async function serveDevelopment(
  { folder }: Consumer,
  create: typeof createServer,
): Promise<AsyncDisposable & { url: string }> {
  const server = await create({ root: folder, logLevel: 'warn', server: { host: '127.0.0.1', port: 0 } });
  await server.listen();
  const url = server.resolvedUrls?.local[0];
  if (!url) throw new Error('the development server has no address');
  return { url, [Symbol.asyncDispose]: () => server.close() };
}
