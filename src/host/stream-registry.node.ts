import type { HostLimits } from '../bridge/answers.js';
import { InvalidArgumentError } from '../core/error.js';
import type { HostStream } from './host-stream.node.js';

type Limits = Pick<HostLimits, 'streams' | 'graceMs'>;

interface Entry {
  stream: HostStream;
  /** Takes it from the connection that has it. */
  release: (() => void) | undefined;
  timer: NodeJS.Timeout | undefined;
}

/** The streams of a host by their keys: with a connection, or waiting for a while for their page to come back. */
export class StreamRegistry {
  readonly #limits: Limits;
  readonly #entries = new Map<string, Entry>();
  // Whose pipelines take memory and processes, those that nobody can come back to included.
  readonly #alive = new Set<HostStream>();
  #opening = 0;

  /** @param limits how many streams there may be, and how long one waits. */
  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** Streams that wait for their page. */
  get waiting(): number {
    return this.#waitingOf(this.streams);
  }

  /**
   * Makes sure that there may be one more, and counts it until it is added or has failed: call what this returns then, once.
   * @throws {InvalidArgumentError} ERR_ARGUMENT too many.
   */
  reserve(): () => void {
    for (const stream of this.#alive) if (stream.ended) this.#alive.delete(stream);
    const { streams, graceMs } = this.#limits;
    if (this.#alive.size + this.#opening >= streams) {
      const waiting = this.#waitingOf(this.streams.filter(({ ended }) => !ended));
      throw new InvalidArgumentError({
        subject: 'OPEN',
        expected: `at most ${streams} streams of this host`,
        received: 'one more',
        remedy:
          waiting === 0
            ? 'Close a pipeline first, of this page or another.'
            : `Close a pipeline first, or wait: ${waiting} of them end within ${graceMs / 1000} s unless their pages come back.`,
        details: { waiting },
      });
    }
    this.#opening++;
    return () => void this.#opening--;
  }

  /** All of them. */
  get streams(): HostStream[] {
    return [...this.#entries.values()].map(({ stream }) => stream);
  }

  /** A stream has a connection. */
  add(stream: HostStream, release: () => void): void {
    this.#alive.add(stream);
    this.#entries.set(stream.key, { stream, release, timer: undefined });
    // The ends of runs whose pages do not come to hear of them are kept for the last few.
    const ended = this.streams.filter((each) => each.ended);
    for (const each of ended.slice(0, -this.#limits.streams)) this.remove(each);
  }

  /** Its connection broke: it waits, and is closed when nobody comes. */
  park(stream: HostStream): void {
    const entry = this.#entries.get(stream.key);
    if (!entry) return;
    entry.release = undefined;
    entry.timer = setTimeout(() => {
      this.remove(stream);
      void stream.close();
    }, this.#limits.graceMs);
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

  #waitingOf(streams: HostStream[]): number {
    return streams.filter(({ key }) => !this.#entries.get(key)?.release).length;
  }

  /** Closes what waits. */
  async close(): Promise<void> {
    const left = this.streams;
    for (const stream of left) this.remove(stream);
    await Promise.all(left.map((stream) => stream.close()));
  }
}
