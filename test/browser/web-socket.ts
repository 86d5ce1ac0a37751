import { createHash, randomBytes } from 'node:crypto';
import { request } from 'node:http';
import type { Socket } from 'node:net';

/**
 * A text-only WebSocket client, because Node 20 has none: enough to talk to a browser on this machine.
 * @source RFC 6455
 */
export class WebSocketClient {
  readonly #socket: Socket;
  readonly #parts: Buffer[] = [];
  #pending = Buffer.alloc(0);
  onMessage: (text: string) => void = () => {};
  onClose: () => void = () => {};

  private constructor(socket: Socket, head: Buffer) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('close', () => this.onClose());
    socket.on('error', () => this.onClose());
    if (head.length > 0) queueMicrotask(() => this.#take(head));
  }

  /** Connects to a `ws://` address. */
  static connect(url: string): Promise<WebSocketClient> {
    const key = randomBytes(16).toString('base64');
    const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
    return new Promise((resolve, reject) => {
      const headers = {
        Connection: 'Upgrade',
        Upgrade: 'websocket',
        'Sec-WebSocket-Version': '13',
        'Sec-WebSocket-Key': key,
      };
      const opening = request(url.replace(/^ws:/, 'http:'), { headers });
      opening.on('upgrade', (response, socket, head) => {
        if (response.headers['sec-websocket-accept'] !== accept) reject(new Error(`${url} is no WebSocket`));
        else resolve(new WebSocketClient(socket as Socket, head));
      });
      opening.on('response', (response) => reject(new Error(`${url} answers ${response.statusCode}`)));
      opening.on('error', reject);
      opening.end();
    });
  }

  send(text: string): void {
    this.#write(0x1, Buffer.from(text));
  }

  close(): void {
    this.#socket.destroy();
  }

  // What a client sends is masked and, here, never fragmented.
  #write(opcode: number, payload: Buffer): void {
    const mask = randomBytes(4);
    const size = payload.length;
    const extra = size < 126 ? 0 : size < 65536 ? 2 : 8;
    const head = Buffer.alloc(2 + extra);
    head[0] = 0x80 | opcode;
    head[1] = 0x80 | (extra === 0 ? size : extra === 2 ? 126 : 127);
    if (extra === 2) head.writeUInt16BE(size, 2);
    if (extra === 8) head.writeBigUInt64BE(BigInt(size), 2);
    this.#socket.write(Buffer.concat([head, mask, payload.map((byte, i) => byte ^ mask[i & 3])]));
  }

  #take(chunk: Buffer): void {
    this.#pending = Buffer.concat([this.#pending, chunk]);
    for (;;) {
      const data = this.#pending;
      if (data.length < 2) return;
      const short = data[1] & 0x7f;
      const start = short < 126 ? 2 : short === 126 ? 4 : 10;
      if (data.length < start) return;
      const size = short < 126 ? short : short === 126 ? data.readUInt16BE(2) : Number(data.readBigUInt64BE(2));
      if (data.length < start + size) return;
      const payload = data.subarray(start, start + size);
      this.#pending = data.subarray(start + size);
      const opcode = data[0] & 0xf;
      if (opcode === 0x9) this.#write(0xa, payload);
      if (opcode === 0x8) this.#socket.destroy();
      if (opcode > 0x2) continue;
      this.#parts.push(payload);
      if (data[0] & 0x80) this.onMessage(Buffer.concat(this.#parts.splice(0)).toString());
    }
  }
}
