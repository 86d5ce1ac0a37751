import { decodeMessage, encodeMessage, type MessageType } from '../../../src/bridge/message.js';

/** A WebSocket whose other end is the test. */
export class FakeSocket {
  binaryType = 'blob';
  readyState = 1;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;
  onerror = null;
  readonly sent: ReturnType<typeof decodeMessage>[] = [];
  closedWith: number | undefined;

  send(data: Uint8Array): void {
    this.sent.push(decodeMessage(data));
  }

  close(code?: number): void {
    this.closedWith ??= code ?? 1005;
    this.readyState = 3;
  }

  says(type: MessageType, stream: number, sequence: number, payload?: unknown): void {
    this.gives(encodeMessage({ type, stream, sequence, time: 0, payload }));
  }

  gives(bytes: Uint8Array<ArrayBuffer>): void {
    this.onmessage?.({ data: bytes.slice().buffer });
  }

  breaks(code = 1006): void {
    this.readyState = 3;
    this.onclose?.({ code, reason: '' });
  }
}
