import { InvalidArgumentError } from '../core/error.js';
import { withoutStacks } from './without-stacks.js';

/** Name of the protocol, offered and chosen as the WebSocket's sub-protocol. */
export const protocolName = 'reflexarc.v1';

/** Path of the WebSocket on a host. */
export const bridgePath = '/.reflexarc/bridge';

/** Begins the sub-protocol entry that carries the token: `reflexarc.token.<token>`. */
export const tokenEntryPrefix = 'reflexarc.token.';

/** Types of messages, by the number in the header. `docs/protocol.md` says who sends what when. */
export const messageTypes = {
  HELLO: 1,
  OPEN: 2,
  OPENED: 3,
  PROGRESS: 4,
  RESULT: 5,
  EVENT: 6,
  FAULT: 7,
  HEALTH: 8,
  PREVIEW: 9,
  CREDIT: 10,
  STATS: 11,
  SWAP: 12,
  SWAPPED: 13,
  ERROR: 14,
  CLOSE: 15,
  CLOSED: 16,
  PING: 17,
  PONG: 18,
} as const;

/** Name of a type of message. */
export type MessageType = keyof typeof messageTypes;

const typeNames = new Map<number, MessageType>(
  Object.entries(messageTypes).map(([name, number]) => [number, name as MessageType]),
);

// Results come by the hundred and hold none: they are not looked through.
const mayHoldErrors: ReadonlySet<MessageType> = new Set(['FAULT', 'HEALTH', 'STATS', 'ERROR', 'CLOSED']);

/** Length of the header in bytes. */
export const headerBytes = 32;

/** A message as it travels: one per WebSocket message, header and payload. */
export interface BridgeMessage {
  type: MessageType;
  /** The stream it belongs to, from 1; 0: the connection. */
  stream: number;
  /** What it counts depends on the type: results, news or previews of a stream; else the request that it is or answers. */
  sequence: number;
  /** When it was sent, in ms of Unix time of the sender's clock. */
  time: number;
  /** JSON data, or bytes for a PREVIEW; `undefined` where there is none. */
  payload: unknown;
}

// "RARC" as bytes.
const magic = 0x43524152;
const version = 1;
const flagJson = 1;
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * A message as bytes: little-endian header of 32 bytes, then the payload. Bytes stay bytes, other payloads become JSON in
 * UTF-8, in which errors have no stack: it names paths of the machine.
 */
export function encodeMessage({ type, stream, sequence, time, payload }: BridgeMessage): Uint8Array<ArrayBuffer> {
  const isBytes = payload instanceof Uint8Array;
  const keep = mayHoldErrors.has(type) ? withoutStacks : undefined;
  const body = isBytes
    ? payload
    : payload === undefined
      ? new Uint8Array()
      : encoder.encode(JSON.stringify(payload, keep));
  const bytes = new Uint8Array(headerBytes + body.length);
  const header = new DataView(bytes.buffer);
  header.setUint32(0, magic, true);
  header.setUint8(4, version);
  header.setUint8(5, messageTypes[type]);
  header.setUint16(6, isBytes || payload === undefined ? 0 : flagJson, true);
  header.setUint32(8, stream, true);
  header.setUint32(12, sequence, true);
  header.setFloat64(16, time, true);
  header.setUint32(24, body.length, true);
  bytes.set(body, headerBytes);
  return bytes;
}

/**
 * Reads a message. The payload of a PREVIEW is a view of the bytes given.
 * @throws {InvalidArgumentError} ERR_ARGUMENT for anything that {@link encodeMessage} does not make, naming what is wrong.
 */
export function decodeMessage(bytes: Uint8Array): BridgeMessage {
  if (bytes.length < headerBytes) refuse('length', `at least ${headerBytes} bytes`, `${bytes.length}`);
  const header = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (header.getUint32(0, true) !== magic) refuse('magic', 'the bytes "RARC"', hex(bytes.subarray(0, 4)));
  if (header.getUint8(4) !== version) refuse('version', String(version), String(header.getUint8(4)));
  const type = typeNames.get(header.getUint8(5));
  if (!type) refuse('type', `1 to ${typeNames.size}`, String(header.getUint8(5)));
  const flags = header.getUint16(6, true);
  if (flags > flagJson) refuse('flags', '0 or 1', String(flags));
  const time = header.getFloat64(16, true);
  if (!Number.isFinite(time)) refuse('time', 'a finite number', String(time));
  const length = header.getUint32(24, true);
  const body = bytes.subarray(headerBytes);
  if (length !== body.length) refuse('payload length', `${body.length}, what follows the header`, String(length));
  if (header.getUint32(28, true) !== 0) refuse('reserved', '0', String(header.getUint32(28, true)));
  const stream = header.getUint32(8, true);
  const sequence = header.getUint32(12, true);
  return {
    type,
    stream,
    sequence,
    time,
    payload: flags === flagJson ? parseJson(body) : length > 0 ? body : undefined,
  };
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(body));
  } catch (cause) {
    return refuse('payload', 'JSON in UTF-8', (cause as Error).message, cause);
  }
}

function refuse(field: string, expected: string, received: string, cause?: unknown): never {
  const remedy = 'See docs/protocol.md; both ends must speak the same version.';
  throw new InvalidArgumentError({ subject: `${field} of a message`, expected, received, remedy, cause });
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}
