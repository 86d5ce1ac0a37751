import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createFolderHandler } from './folder-handler.node.js';
import { listenOn, loopback } from './listen.node.js';

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

/**
 * Serves a folder to this machine's browsers, and to nothing else: on the loopback address, to requests that name it.
 * @throws as {@link createFolderHandler}; {InvalidArgumentError} ERR_ARGUMENT a port that is taken or not allowed.
 */
export async function serveFolder({ folder, port = 0 }: ServeOptions): Promise<FolderServer> {
  const server = createServer(await createFolderHandler(folder));
  await listenOn(server, port, loopback.ipv4, 'Choose another port, or none for any free one.');
  const { port: actual } = server.address() as AddressInfo;
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= new Promise<void>((done) => {
      server.close(() => done());
      server.closeAllConnections();
    });
    return closing;
  };
  return { url: `http://${loopback.ipv4}:${actual}/`, close, [Symbol.asyncDispose]: close };
}
