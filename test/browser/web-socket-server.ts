import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** A server for one kind of test: it takes text messages. The caller closes it. */
export interface WebSocketServer extends AsyncDisposable {
  readonly url: string;
  /** Messages of all connections, in order. */
  readonly messages: string[];
  /** Connections so far. */
  readonly connections: number;
  /** Cuts every connection, as a network does. */
  cut(): void;
  close(): Promise<void>;
}

/** Listens on this machine. @source RFC 6455 */
export async function serveWebSocket(port = 0): Promise<WebSocketServer> {
  const messages: string[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((_, response) => response.writeHead(426).end());
  server.on('upgrade', (request, stream) => {
    const socket = stream as Socket;
    const key = `${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
    const accept = createHash('sha1').update(key).digest('base64');
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    connections++;
    sockets.add(socket);
    let pending: Buffer = Buffer.alloc(0);
    let parts: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => {
      pending = take(Buffer.concat([pending, chunk]), (opcode, payload, last) => {
        if (opcode === 0 || opcode === 1) parts.push(payload);
        if (last && opcode < 2) {
          messages.push(Buffer.concat(parts).toString());
          parts = [];
        }
        // A close is answered with the same.
        if (opcode === 8) socket.end(Buffer.concat([Buffer.from([0x88, payload.length]), payload]));
      });
    });
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
      cut();
    });
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/results`,
    messages,
    get connections() {
      return connections;
    },
    cut,
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Takes whole frames off the beginning; what a browser sends is masked. @returns the rest. */
function take(bytes: Buffer, found: (opcode: number, payload: Buffer, last: boolean) => void): Buffer {
  for (let rest = bytes; ; ) {
    if (rest.length < 2) return rest;
    const short = rest[1] & 0x7f;
    const start = 2 + (short === 126 ? 2 : short === 127 ? 8 : 0);
    if (rest.length < start + 4) return rest;
    const size = short === 126 ? rest.readUInt16BE(2) : short === 127 ? Number(rest.readBigUInt64BE(2)) : short;
    const mask = rest.subarray(start, start + 4);
    const end = start + 4 + size;
    if (rest.length < end) return rest;
    const payload = Buffer.from(rest.subarray(start + 4, end).map((byte, i) => byte ^ mask[i % 4]));
    // A browser sends long messages in parts.
    found(rest[0] & 0x0f, payload, rest[0] >= 0x80);
    rest = rest.subarray(end);
  }
}
