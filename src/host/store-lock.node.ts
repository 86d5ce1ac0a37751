import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { InvalidArgumentError } from '../core/error.js';

/** Keeps other hosts from a store while it is held. */
export interface StoreLock {
  close(): void;
}

/**
 * Takes a store for this host alone. On Linux the lock is a socket of the abstract namespace, which ends with its process,
 * however that ends; elsewhere there is none, and the token file alone tells of another host.
 * @throws {InvalidArgumentError} ERR_ARGUMENT another host has it.
 */
export async function lockStore(folder: string): Promise<StoreLock> {
  if (process.platform !== 'linux') return { close() {} };
  const name = createHash('sha256')
    .update(await realpath(folder))
    .digest('hex');
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((done, failed) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      failed(
        cause.code === 'EADDRINUSE'
          ? new InvalidArgumentError({
              subject: `model store ${folder}`,
              expected: 'no other host that uses it',
              received: 'one that does',
              remedy: 'Stop it with reflexarc host stop, or give this one a --store of its own.',
              cause,
            })
          : cause,
      );
    });
    server.listen(`\0reflexarc-store-${name}`, done);
  });
  server.unref();
  return { close: () => void (server as Server).close() };
}
