import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Result, RuleEvent } from '../../../src/core/result.js';
import { WebSocketSink } from '../../../src/respond/websocket-sink.web.js';

/** A WebSocket that does what the test says. */
class FakeSocket {
  static readonly OPEN = 1;
  static made: FakeSocket[] = [];
  static refuse: Error | undefined;
  readonly url: string;
  readonly protocols: string[];
  readyState = 0;
  bufferedAmount = 0;
  readonly sent: { type: string; frame?: number }[] = [];
  closedWith: number | undefined;
  onopen: () => void = () => {};
  onclose: (event: { code: number; reason: string }) => void = () => {};

  constructor(url: string, protocols: string[]) {
    if (FakeSocket.refuse) throw FakeSocket.refuse;
    this.url = url;
    this.protocols = protocols;
    FakeSocket.made.push(this);
  }

  accept(): void {
    this.readyState = 1;
    this.onopen();
  }

  drop(code = 1006): void {
    this.readyState = 3;
    this.onclose({ code, reason: '' });
  }

  send(text: string): void {
    if (this.readyState !== 1) throw new Error('not open');
    this.sent.push(JSON.parse(text));
  }

  close(code: number): void {
    this.readyState = 3;
    this.closedWith = code;
  }
}

const result = (frame: number): Result => ({
  frame,
  timestamp: frame * 33_333,
  width: 1280,
  height: 720,
  items: [{ box: { x: 1, y: 2, width: 3, height: 4 }, score: 0.5, classId: 4, label: 'nut', trackId: 7 }],
  events: [],
  spans: { acquire: 1, queue: 2, preprocess: 3, infer: 4, postprocess: 5, respond: 6, overhead: 7, total: 8 },
  late: false,
});

const rejected: RuleEvent = {
  type: 'reject',
  rule: 'line',
  frame: 3,
  timestamp: 99_999,
  trackId: 7,
  classId: 5,
  label: 'nut-defective',
  box: { x: 1, y: 2, width: 3, height: 4 },
  direction: 'forward',
};

beforeEach(() => {
  vi.useFakeTimers();
  // Waits are then exactly the doubled ones.
  vi.spyOn(Math, 'random').mockReturnValue(0);
  vi.stubGlobal('WebSocket', FakeSocket);
  FakeSocket.made = [];
  FakeSocket.refuse = undefined;
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

describe('WebSocketSink', () => {
  it('connects once it is opened, to the address it was given, and sends what it was told to', () => {
    const sink = new WebSocketSink('wss://line-7.example/results?cell=4', { protocols: ['reflexarc'] });
    expect(FakeSocket.made).toEqual([]);
    sink.open();
    const [socket] = FakeSocket.made;
    expect([socket.url, socket.protocols]).toEqual(['wss://line-7.example/results?cell=4', ['reflexarc']]);
    sink.result(result(1));
    expect(sink.stats).toMatchObject({ state: 'connecting', sent: 0, queued: 1 });
    socket.accept();
    sink.reject(rejected);
    sink.fault({
      frame: 5,
      source: 'a.png',
      error: { name: 'Error', code: 'ERR_SOURCE', message: 'torn', stack: 'at' },
    });
    expect(socket.sent).toEqual([
      { type: 'result', ...result(1) },
      { ...rejected },
      { type: 'fault', frame: 5, source: 'a.png', error: { name: 'Error', code: 'ERR_SOURCE', message: 'torn' } },
    ]);
    expect(sink.stats).toEqual({ state: 'open', sent: 3, dropped: 0, queued: 0, connections: 1 });
  });

  it('sends only the kinds that were asked for', () => {
    const sink = new WebSocketSink('ws://127.0.0.1:9/', { messages: ['reject'] });
    sink.open();
    FakeSocket.made[0].accept();
    sink.result(result(1));
    sink.fault({ frame: 2, error: { name: 'Error', code: undefined, message: '' } });
    sink.reject(rejected);
    expect(FakeSocket.made[0].sent.map(({ type }) => type)).toEqual(['reject']);
  });

  it('keeps a bounded number of messages, gives up the oldest results first and counts them', () => {
    const sink = new WebSocketSink('ws://127.0.0.1:9/', { capacity: 3 });
    sink.open();
    sink.reject(rejected);
    for (let frame = 0; frame < 5; frame++) sink.result(result(frame));
    expect(sink.stats).toMatchObject({ queued: 3, dropped: 3 });
    FakeSocket.made[0].accept();
    expect(FakeSocket.made[0].sent.map(({ type, frame }) => [type, frame])).toEqual([
      ['reject', 3],
      ['result', 3],
      ['result', 4],
    ]);
  });

  it('gives up rejects only where there is nothing else', () => {
    const sink = new WebSocketSink('ws://127.0.0.1:9/', { capacity: 2 });
    sink.open();
    for (let frame = 0; frame < 3; frame++) sink.reject({ ...rejected, frame });
    FakeSocket.made[0].accept();
    expect(FakeSocket.made[0].sent.map(({ frame }) => frame)).toEqual([1, 2]);
    expect(sink.stats.dropped).toBe(1);
  });

  it('comes back after waits that double up to the longest, and begins anew after a good connection', () => {
    const sink = new WebSocketSink('ws://127.0.0.1:9/', { backoffMs: [100, 400] });
    sink.open();
    const waits: number[] = [];
    for (let attempt = 0; attempt < 5; attempt++) {
      const before = FakeSocket.made.length;
      FakeSocket.made[before - 1].drop();
      expect(sink.stats).toMatchObject({ state: 'waiting', lastFailure: 'no connection (1006)' });
      let waited = 0;
      while (FakeSocket.made.length === before) {
        vi.advanceTimersByTime(1);
        waited++;
      }
      waits.push(waited);
    }
    expect(waits).toEqual([100, 200, 400, 400, 400]);
    FakeSocket.made.at(-1)?.accept();
    vi.advanceTimersByTime(10_000);
    FakeSocket.made.at(-1)?.drop(1001);
    expect(sink.stats.lastFailure).toBe('connection closed (1001)');
    const before = FakeSocket.made.length;
    vi.advanceTimersByTime(99);
    expect(FakeSocket.made.length).toBe(before);
    vi.advanceTimersByTime(1);
    expect(FakeSocket.made.length).toBe(before + 1);
    FakeSocket.made.at(-1)?.accept();
    sink.result(result(9));
    expect(FakeSocket.made.at(-1)?.sent).toHaveLength(1);
    expect(sink.stats).toMatchObject({ state: 'open', connections: 2 });
  });

  it('treats an address that the page may not reach like one that does not answer', () => {
    FakeSocket.refuse = new Error('Refused by the content security policy');
    const sink = new WebSocketSink('ws://127.0.0.1:9/');
    sink.open();
    expect(sink.stats).toMatchObject({ state: 'waiting', lastFailure: 'Refused by the content security policy' });
    FakeSocket.refuse = undefined;
    vi.advanceTimersByTime(250);
    expect(FakeSocket.made).toHaveLength(1);
  });

  it('lets messages wait while the connection is slow', () => {
    const sink = new WebSocketSink('ws://127.0.0.1:9/', { maxBufferedBytes: 1000 });
    sink.open();
    const [socket] = FakeSocket.made;
    socket.accept();
    socket.bufferedAmount = 1000;
    sink.result(result(1));
    expect(sink.stats).toMatchObject({ sent: 0, queued: 1 });
    socket.bufferedAmount = 999;
    vi.advanceTimersByTime(20);
    expect(sink.stats).toMatchObject({ sent: 1, queued: 0 });
  });

  it('closes at once when all is sent, and then takes nothing more', async () => {
    const sink = new WebSocketSink('ws://127.0.0.1:9/');
    sink.open();
    const [socket] = FakeSocket.made;
    socket.accept();
    sink.result(result(1));
    await sink.close();
    await sink.close();
    expect(socket.closedWith).toBe(1000);
    sink.result(result(2));
    expect(sink.stats).toMatchObject({ state: 'closed', sent: 1, queued: 0, dropped: 0 });
  });

  it('gives what is queued a moment at the end, and counts what it could not send', async () => {
    const sink = new WebSocketSink('ws://127.0.0.1:9/', { lingerMs: 500 });
    sink.open();
    sink.result(result(1));
    const early = sink.close();
    FakeSocket.made[0].accept();
    await early;
    expect(sink.stats).toMatchObject({ state: 'closed', sent: 1, dropped: 0 });

    const late = new WebSocketSink('ws://127.0.0.1:9/', { lingerMs: 500 });
    late.open();
    late.result(result(1));
    const closing = late.close();
    await vi.advanceTimersByTimeAsync(500);
    await closing;
    expect(late.stats).toMatchObject({ state: 'closed', sent: 0, dropped: 1 });
    FakeSocket.made.at(-1)?.drop();
    vi.advanceTimersByTime(60_000);
    expect(FakeSocket.made).toHaveLength(2);
  });

  it.each(['ftp://host/', 'ws://host/#part', 'ws://user:secret@host/', 'nonsense'])(
    'refuses %s as an address',
    (url) => {
      expect(() => new WebSocketSink(url)).toThrowError(
        expect.objectContaining({ code: 'ERR_ARGUMENT', subject: 'WebSocketSink: url', received: JSON.stringify(url) }),
      );
    },
  );

  it('takes an address relative to the page', () => {
    vi.stubGlobal('location', { href: 'https://kiosk.example/line/index.html' });
    const sink = new WebSocketSink('results');
    sink.open();
    expect(FakeSocket.made[0].url).toBe('wss://kiosk.example/line/results');
  });
});
