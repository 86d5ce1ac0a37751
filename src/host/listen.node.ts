import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { InvalidArgumentError } from '../core/error.js';

/** Addresses of this machine that no other machine reaches. */
export const loopback = { ipv4: '127.0.0.1', ipv6: '::1' } as const;

/**
 * Lets a server listen. @param port 0 takes a free one. @param remedy what whoever has chosen the port can do.
 * @throws {InvalidArgumentError} ERR_ARGUMENT a port that is taken or not allowed; `details.code` is the system's.
 */
export function listenOn(server: Server, port: number, address: string, remedy: string): Promise<void> {
  return new Promise((done, failed) => {
    const fail = (cause: NodeJS.ErrnoException) => {
      failed(
        new InvalidArgumentError({
          subject: `port ${port}`,
          expected: 'one that is free and allowed',
          received: cause.code === 'EADDRINUSE' ? 'one in use' : (cause.code ?? cause.message),
          remedy,
          details: cause.code ? { code: cause.code } : {},
          cause,
        }),
      );
    };
    server.once('error', fail);
    server.listen(port, address, () => {
      server.off('error', fail);
      done();
    });
  });
}

/** Servers that listen on the same port of both loopback addresses; one alone where the machine has no IPv6. */
export interface LoopbackServers {
  readonly servers: readonly Server[];
  readonly port: number;
  /** Ends them at once, open connections included. */
  close(): Promise<void>;
}

/** Listens on 127.0.0.1 and ::1. @throws as {@link listenOn}. */
export async function listenOnLoopback(port: number, answer: RequestListener): Promise<LoopbackServers> {
  const remedy = 'Choose another port; --port 0 takes a free one.';
  // A free port of one address may be taken on the other.
  for (let attempt = 0; ; attempt++) {
    const first = createServer(answer);
    await listenOn(first, port, loopback.ipv4, remedy);
    const { port: actual } = first.address() as AddressInfo;
    const second = createServer(answer);
    try {
      await listenOn(second, actual, loopback.ipv6, remedy);
      return loopbackServers([first, second], actual);
    } catch (error) {
      const { code } = (error as InvalidArgumentError).details;
      if (code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT') return loopbackServers([first], actual);
      await closeServer(first);
      if (port !== 0 || attempt >= 20) throw error;
    }
  }
}

function loopbackServers(servers: readonly Server[], port: number): LoopbackServers {
  return {
    servers,
    port,
    close: async () => {
      await Promise.all(servers.map(closeServer));
    },
  };
}

function closeServer(server: Server): Promise<void> {
  return new Promise((done) => {
    server.close(() => done());
    server.closeAllConnections();
  });
}
