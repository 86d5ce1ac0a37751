import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Outlet, StreamOutbox } from '../../../src/bridge/stream-outbox.js';
import type { Result, RuleEvent } from '../../../src/core/result.js';
import { seed } from '../../conformance/random-numbers.js';

const result = (frame: number) => ({ frame }) as Result;
const event = (frame: number, type: RuleEvent['type'] = 'reject') => ({ event: { frame, type } as RuleEvent });
const never = new AbortController().signal;

interface Sent {
  type: string;
  sequence: number;
  frame: number;
  missed: number;
}

/** A page that notes what comes, and may be slow. */
class Page implements Outlet {
  ready = true;
  readonly sent: Sent[] = [];

  send(type: string, sequence: number, payload: unknown): void {
    const { missed, result, event } = payload as { missed: number; result?: Result; event?: RuleEvent };
    this.sent.push({ type, sequence, frame: (result ?? event)?.frame ?? -1, missed });
  }

  get results(): number[] {
    return this.sent.filter(({ type }) => type === 'RESULT').map(({ frame }) => frame);
  }

  get events(): number[] {
    return this.sent.filter(({ type }) => type === 'EVENT').map(({ frame }) => frame);
  }
}

function attached(lossless: boolean, capacity = 1024) {
  const outbox = new StreamOutbox({ lossless, capacity });
  const page = new Page();
  outbox.attach(page);
  return { outbox, page };
}

const credit = (results: number, received = 0, news = 0) => ({ results, received, news });

describe('a stream that takes the latest', () => {
  it('sends nothing without credit, then the newest, and says what was missed', () => {
    const { outbox, page } = attached(false);
    for (let frame = 0; frame < 5; frame++) outbox.result(result(frame));
    expect(page.sent).toEqual([]);
    outbox.grant(credit(2));
    expect(page.sent).toEqual([{ type: 'RESULT', sequence: 5, frame: 4, missed: 4 }]);
    outbox.result(result(5));
    outbox.result(result(6));
    expect(page.sent.at(-1)).toEqual({ type: 'RESULT', sequence: 6, frame: 5, missed: 0 });
  });

  it('holds back what a slow connection would queue', () => {
    const { outbox, page } = attached(false);
    outbox.grant(credit(9));
    page.ready = false;
    for (let frame = 0; frame < 5; frame++) outbox.result(result(frame));
    expect(page.sent).toEqual([]);
    page.ready = true;
    outbox.flush();
    expect(page.sent).toEqual([{ type: 'RESULT', sequence: 5, frame: 4, missed: 4 }]);
  });

  it('tells a page that comes back what went by, counted from what arrived', () => {
    const { outbox, page } = attached(false);
    outbox.grant(credit(3));
    for (let frame = 0; frame < 3; frame++) outbox.result(result(frame));
    outbox.detach();
    for (let frame = 3; frame < 6; frame++) outbox.result(result(frame));
    const again = new Page();
    // The third was sent and never arrived.
    outbox.attach(again, { results: 2, news: 0 });
    outbox.grant(credit(1));
    expect(again.sent).toEqual([{ type: 'RESULT', sequence: 6, frame: 5, missed: 3 }]);
    expect(page.results).toEqual([0, 1, 2]);
  });
});

describe('a lossless stream', () => {
  it('waits for credit', async () => {
    const { outbox, page } = attached(true);
    let produced = 0;
    const producing = (async () => {
      for (; produced < 5; produced++) {
        outbox.result(result(produced));
        await outbox.sent(never);
      }
    })();
    await Promise.resolve();
    expect(produced).toBe(0);
    for (let at = 1; at <= 5; at++) {
      outbox.grant(credit(1, at - 1));
      await new Promise((done) => setTimeout(done, 0));
    }
    await producing;
    expect(page.results).toEqual([0, 1, 2, 3, 4]);
  });

  it('ends a wait when the stream is closed, or its signal says so', async () => {
    const { outbox } = attached(true);
    outbox.result(result(0));
    const stop = new AbortController();
    const waiting = outbox.sent(stop.signal);
    stop.abort();
    await waiting;
    const again = outbox.sent(never);
    outbox.clear();
    await again;
    expect(outbox.empty).toBe(true);
  });

  it('sends again what did not arrive, in order', () => {
    const { outbox } = attached(true);
    outbox.grant(credit(9));
    for (let frame = 0; frame < 4; frame++) outbox.result(result(frame));
    outbox.grant(credit(0, 1));
    outbox.detach();
    const again = new Page();
    outbox.attach(again, { results: 2, news: 0 });
    outbox.result(result(4));
    outbox.grant(credit(9));
    expect(again.sent.map(({ sequence, frame, missed }) => [sequence, frame, missed])).toEqual([
      [3, 2, 0],
      [4, 3, 0],
      [5, 4, 0],
    ]);
  });

  it('keeps no more than its capacity for a page that acknowledges nothing', () => {
    const { outbox, page } = attached(true, 4);
    outbox.grant(credit(100));
    for (let frame = 0; frame < 5; frame++) outbox.result(result(frame));
    expect(page.results).toEqual([0, 1, 2, 3]);
    outbox.grant(credit(0, 4));
    expect(page.results).toEqual([0, 1, 2, 3, 4]);
  });
});

describe('news', () => {
  it('needs no credit and is kept until it is acknowledged', () => {
    const { outbox, page } = attached(false);
    outbox.news('EVENT', event(0));
    outbox.news('EVENT', event(1));
    outbox.grant(credit(0, 0, 1));
    outbox.detach();
    outbox.news('EVENT', event(2));
    const again = new Page();
    outbox.attach(again, { results: 0, news: 1 });
    expect(page.events).toEqual([0, 1]);
    expect(again.events).toEqual([1, 2]);
  });

  it('of more than there is room for gives up crossings first, then the oldest reject, and says how many', () => {
    const outbox = new StreamOutbox({ lossless: false, capacity: 3 });
    outbox.news('EVENT', event(0, 'reject'));
    outbox.news('EVENT', event(1, 'crossing'));
    outbox.news('EVENT', event(2, 'reject'));
    outbox.news('EVENT', event(3, 'reject'));
    outbox.news('EVENT', event(4, 'reject'));
    const page = new Page();
    outbox.attach(page);
    expect(page.sent.map(({ sequence, frame, missed }) => [sequence, frame, missed])).toEqual([
      [3, 2, 2],
      [4, 3, 0],
      [5, 4, 0],
    ]);
  });
});

it('whatever happens, numbers and gaps add up, and a lossless stream and its events lose nothing', () => {
  const action = fc.oneof(
    fc.constant('result' as const),
    fc.constant('event' as const),
    fc.constant('detach' as const),
    fc.constant('attach' as const),
    fc.constant('slow' as const),
    fc.constant('fast' as const),
    fc.nat(3),
  );
  fc.assert(
    fc.property(fc.boolean(), fc.array(action, { maxLength: 80 }), fc.nat(5), (lossless, actions, lost) => {
      const outbox = new StreamOutbox({ lossless, capacity: 1024 });
      let page: Page | undefined;
      let [produced, happened] = [0, 0];
      // What the page has; the last few of a connection that breaks may be lost on the way.
      const had: Sent[] = [];
      const last = (type: string) => had.findLast((sent) => sent.type === type)?.sequence ?? 0;
      const leave = (losing: number) => {
        if (page) had.push(...page.sent.slice(0, Math.max(0, page.sent.length - losing)));
        page = undefined;
        outbox.detach();
      };
      const come = () => {
        page = new Page();
        outbox.attach(page, { results: last('RESULT'), news: last('EVENT') });
      };
      for (const step of [...actions, 'end' as const]) {
        if (step === 'result') {
          // A producer of a lossless stream waits.
          if (!lossless || outbox.empty) outbox.result(result(produced++));
        } else if (step === 'event') outbox.news('EVENT', event(happened++));
        else if (step === 'detach') leave(lost);
        else if (step === 'attach') {
          leave(0);
          come();
        } else if (step === 'slow' && page) page.ready = false;
        else if (step === 'fast' && page) {
          page.ready = true;
          outbox.flush();
        } else if (typeof step === 'number' && page) outbox.grant(credit(step));
      }
      leave(lost);
      come();
      outbox.grant(credit(1000));
      leave(0);
      const results = had.filter(({ type }) => type === 'RESULT');
      const events = had.filter(({ type }) => type === 'EVENT');
      for (const kind of [results, events]) {
        let before = 0;
        for (const { sequence, frame, missed } of kind) {
          expect(sequence).toBe(before + missed + 1);
          expect(frame).toBe(sequence - 1);
          before = sequence;
        }
      }
      expect(results.at(-1)?.sequence ?? 0).toBe(produced);
      expect(events.map(({ frame }) => frame)).toEqual(Array.from({ length: happened }, (_, frame) => frame));
      if (lossless) expect(results.length).toBe(produced);
    }),
    { seed, numRuns: 3000 },
  );
});
