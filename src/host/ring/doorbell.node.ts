import { InvalidArgumentError } from '../../core/error.js';

/** A ring of the doorbell: a frame lies ready in a slot. 16 bytes, four int32. */
export interface Ringing {
  /** Number that the answer repeats. */
  call: number;
  /** Where the frame lies. */
  ringSlot: number;
  /** The slot of the engine that it is for. */
  engineSlot: number;
}

const ringingBytes = 16;
const prefixBytes = 8;
/** An answer is items, or an error: one that is larger is damaged. */
const longestAnswer = 2 ** 26;

/** What the daemon writes. */
export function ringing({ call, ringSlot, engineSlot }: Ringing): Uint8Array {
  return new Uint8Array(Int32Array.of(call, ringSlot, engineSlot, 0).buffer);
}

/** What a child writes: length and call, then the answer. */
export function answer(call: number, payload: Uint8Array): Uint8Array {
  const message = new Uint8Array(prefixBytes + payload.byteLength);
  new Int32Array(message.buffer, 0, 2).set([payload.byteLength, call]);
  message.set(payload, prefixBytes);
  return message;
}

/** Takes a stream apart into messages, each a part of what was read. */
class MessageReader {
  #rest: Uint8Array = new Uint8Array(0);
  readonly #prefix: number;
  readonly #lengthOf: (view: DataView) => number;
  readonly #onMessage: (message: Uint8Array) => void;

  constructor(prefix: number, lengthOf: (view: DataView) => number, onMessage: (message: Uint8Array) => void) {
    this.#prefix = prefix;
    this.#lengthOf = lengthOf;
    this.#onMessage = onMessage;
  }

  push(chunk: Uint8Array): void {
    let bytes = chunk;
    if (this.#rest.byteLength > 0) {
      bytes = new Uint8Array(this.#rest.byteLength + chunk.byteLength);
      bytes.set(this.#rest);
      bytes.set(chunk, this.#rest.byteLength);
    }
    let at = 0;
    while (bytes.byteLength - at >= this.#prefix) {
      const end = at + this.#lengthOf(new DataView(bytes.buffer, bytes.byteOffset + at, this.#prefix));
      if (end > bytes.byteLength) break;
      this.#onMessage(bytes.subarray(at, end));
      at = end;
    }
    // A chunk is the socket's; what is left of it is copied.
    this.#rest = at === bytes.byteLength ? new Uint8Array(0) : bytes.slice(at);
  }
}

/** Reads what {@link ringing} made. */
export function readRingings(onRinging: (message: Ringing) => void): (chunk: Uint8Array) => void {
  const take = (message: Uint8Array) => {
    const view = new DataView(message.buffer, message.byteOffset, ringingBytes);
    onRinging({
      call: view.getInt32(0, true),
      ringSlot: view.getInt32(4, true),
      engineSlot: view.getInt32(8, true),
    });
  };
  const reader = new MessageReader(ringingBytes, () => ringingBytes, take);
  return (chunk) => reader.push(chunk);
}

/** Reads what {@link answer} made. The reader throws {InvalidArgumentError} ERR_ARGUMENT where a length makes no sense. */
export function readAnswers(onAnswer: (call: number, payload: Uint8Array) => void): (chunk: Uint8Array) => void {
  const lengthOf = (view: DataView) => {
    const length = view.getInt32(0, true);
    if (length >= 0 && length <= longestAnswer) return prefixBytes + length;
    throw new InvalidArgumentError({
      subject: 'answer of a child',
      expected: `at most ${longestAnswer} bytes`,
      received: String(length),
    });
  };
  const take = (message: Uint8Array) => {
    const view = new DataView(message.buffer, message.byteOffset, prefixBytes);
    onAnswer(view.getInt32(4, true), message.subarray(prefixBytes));
  };
  const reader = new MessageReader(prefixBytes, lengthOf, take);
  return (chunk) => reader.push(chunk);
}
