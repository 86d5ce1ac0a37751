import type { HostStream } from './host-stream.node.js';

interface Entry {
  stream: HostStream;
  /** Takes it from the connection that has it. */
  release: (() => void) | undefined;
  timer: NodeJS.Timeout | undefined;
}

/** The streams of a host by their keys: with a connection, or waiting for a while for their page to come back. */
export class StreamRegistry {
  readonly #graceMs: number;
  readonly #entries = new Map<string, Entry>();

  /** @param graceMs how long a stream waits. */
  constructor(graceMs: number) {
    this.#graceMs = graceMs;
  }

  /** Streams that wait for their page. */
  get waiting(): number {
    return [...this.#entries.values()].filter(({ release }) => release === undefined).length;
  }

  /** All of them. */
  get streams(): HostStream[] {
    return [...this.#entries.values()].map(({ stream }) => stream);
  }

  /** A stream has a connection. */
  add(stream: HostStream, release: () => void): void {
    this.#entries.set(stream.key, { stream, release, timer: undefined });
  }

  /** Its connection broke: it waits, and is closed when nobody comes. */
  park(stream: HostStream): void {
    const entry = this.#entries.get(stream.key);
    if (!entry) return;
    entry.release = undefined;
    entry.timer = setTimeout(() => {
      this.remove(stream);
      void stream.close();
    }, this.#graceMs);
  }

  /** Gives a stream to who has its key. A page may be back before the end of its old connection is known. */
  claim(key: string, release: () => void): HostStream | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    entry.release?.();
    clearTimeout(entry.timer);
    this.add(entry.stream, release);
    return entry.stream;
  }

  /** Forgets a stream that has ended. */
  remove(stream: HostStream): void {
    clearTimeout(this.#entries.get(stream.key)?.timer);
    this.#entries.delete(stream.key);
  }

  /** Closes what waits. */
  async close(): Promise<void> {
    const left = this.streams;
    for (const stream of left) this.remove(stream);
    await Promise.all(left.map((stream) => stream.close()));
  }
}
