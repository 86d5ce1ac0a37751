import type { FrameFault, Result, RuleEvent } from '../core/result.js';
import type { PipelineHealth } from '../pipeline/health.js';
import type { CreditRequest } from './requests.js';

/** Where a stream's messages go while a page is connected. */
export interface Outlet {
  /** False while the connection is slow. */
  readonly ready: boolean;
  send(type: 'RESULT' | NewsType, sequence: number, payload: unknown): void;
}

/** News: what is queued instead of replaced by something newer. */
export type NewsType = 'EVENT' | 'FAULT' | 'HEALTH';

/** What a piece of news holds. */
export type News = { event: RuleEvent } | { fault: FrameFault } | { health: PipelineHealth };

interface Queued {
  type: NewsType;
  sequence: number;
  news: News;
  sent: boolean;
}

interface Numbered {
  sequence: number;
  result: Result;
}

/**
 * What waits to be sent of one stream. Results need credit: of those that come without, only the latest is kept and the
 * others are counted, or, in a lossless stream, the producer waits. News need none, are kept until the page has
 * acknowledged them, and go, crossings before rejects, only when there are more than `capacity`; that is counted, too.
 */
export class StreamOutbox {
  /** Whether results wait instead of being replaced. */
  readonly lossless: boolean;
  readonly #capacity: number;
  #outlet: Outlet | undefined;
  #credit = 0;
  #results = 0;
  // The last that the page has or was sent: a gap after it was missed.
  #lastResult = 0;
  #lastNews = 0;
  #pending: Numbered | undefined;
  // Sent and not acknowledged, of a stream that is not lossless the last only; and what of that was lost on the way.
  readonly #unacknowledged: Numbered[] = [];
  readonly #again: Numbered[] = [];
  readonly #news: Queued[] = [];
  #newsCount = 0;
  #wake: (() => void) | undefined;

  /** @param capacity news, and unacknowledged results of a lossless stream, kept at most. */
  constructor({ lossless, capacity }: { lossless: boolean; capacity: number }) {
    this.lossless = lossless;
    this.#capacity = capacity;
  }

  /** A page is there, from the beginning or again. It has what it says that it has, and no credit yet. */
  attach(outlet: Outlet, { results, news }: { results: number; news: number } = { results: 0, news: 0 }): void {
    this.#outlet = outlet;
    this.#credit = 0;
    this.#acknowledge(results, news);
    this.#lastResult = results;
    this.#lastNews = news;
    const lost = this.#unacknowledged.splice(0);
    // Of what was lost on the way, the newest result is of interest still, unless there is a newer one.
    if (this.lossless || !this.#pending) this.#again.unshift(...lost);
    for (const queued of this.#news) queued.sent = false;
    this.flush();
  }

  /** Whether nothing waits to be sent. */
  get empty(): boolean {
    return !this.#pending && this.#again.length === 0 && this.#news.every(({ sent }) => sent);
  }

  /** The page is away. */
  detach(): void {
    this.#outlet = undefined;
    this.#credit = 0;
  }

  /** The page takes more. */
  grant({ results, received, news }: Pick<CreditRequest, 'results' | 'received' | 'news'>): void {
    this.#acknowledge(received, news);
    this.#credit = Math.min(this.#credit + results, 1_000_000);
    this.flush();
  }

  /**
   * Takes a result. In a lossless stream at most one may wait: settle {@link sent} before the next.
   */
  result(result: Result): void {
    if (!this.lossless) this.#again.length = 0;
    this.#pending = { sequence: ++this.#results, result };
    this.flush();
  }

  /** Takes news. */
  news(type: NewsType, news: News): void {
    this.#news.push({ type, sequence: ++this.#newsCount, news, sent: false });
    if (this.#news.length > this.#capacity) this.#giveUp();
    this.flush();
  }

  /** Settles when no result waits. */
  async sent(signal: AbortSignal): Promise<void> {
    while (this.#pending && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const wake = () => {
          signal.removeEventListener('abort', wake);
          this.#wake = undefined;
          resolve();
        };
        this.#wake = wake;
        signal.addEventListener('abort', wake, { once: true });
      });
    }
  }

  /** Sends what may be sent; called when a slow connection has recovered. */
  flush(): void {
    const outlet = this.#outlet;
    if (!outlet) return;
    for (const queued of this.#news) {
      if (queued.sent) continue;
      if (!outlet.ready) return;
      queued.sent = true;
      outlet.send(queued.type, queued.sequence, { ...queued.news, missed: gap(this.#lastNews, queued.sequence) });
      this.#lastNews = queued.sequence;
    }
    while (outlet.ready && this.#credit > 0) {
      const next = this.#again[0] ?? this.#pending;
      if (!next || (this.lossless && this.#unacknowledged.length >= this.#capacity)) return;
      this.#again.shift();
      this.#credit--;
      if (!this.lossless) this.#unacknowledged.length = 0;
      this.#unacknowledged.push(next);
      const fresh = next === this.#pending;
      if (fresh) this.#pending = undefined;
      outlet.send('RESULT', next.sequence, { result: next.result, missed: gap(this.#lastResult, next.sequence) });
      this.#lastResult = next.sequence;
      if (fresh) this.#wake?.();
    }
  }

  /** Gives up what waits. */
  clear(): void {
    this.#pending = undefined;
    this.#again.length = 0;
    this.#unacknowledged.length = 0;
    this.#news.length = 0;
    this.#wake?.();
  }

  #acknowledge(results: number, news: number): void {
    drop(this.#unacknowledged, results);
    drop(this.#again, results);
    drop(this.#news, news);
  }

  // The oldest that is no reject; of rejects the oldest.
  #giveUp(): void {
    const least = this.#news.findIndex(({ news }) => !('event' in news && news.event.type === 'reject'));
    this.#news.splice(Math.max(0, least), 1);
  }
}

/** How many numbers are between two. */
function gap(last: number, next: number): number {
  return Math.max(0, next - last - 1);
}

function drop(list: { sequence: number }[], upTo: number): void {
  let count = 0;
  while (count < list.length && list[count].sequence <= upTo) count++;
  list.splice(0, count);
}
