import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type BridgeSocket, HostConnection, type HostHealth } from '../../../src/bridge/host-connection.js';
import { decodeMessage, encodeMessage } from '../../../src/bridge/message.js';
import { seed } from '../../conformance/random-numbers.js';
import { FakeSocket } from './fake-socket.js';

const hello = { version: '0', boot: 'one', pid: 1, cameras: [], runtimes: [], limits: {} };

let sockets: FakeSocket[];
let token: 'taken' | 'refused' | 'no answer';
const news: HostHealth[] = [];

beforeEach(() => {
  vi.useFakeTimers();
  sockets = [];
  news.length = 0;
  token = 'taken';
});

afterEach(() => vi.useRealTimers());

function begin() {
  return HostConnection.open(
    {
      url: 'http://127.0.0.1:1',
      connect: () => {
        sockets.push(new FakeSocket());
        return sockets.at(-1) as unknown as BridgeSocket;
      },
      checkToken: async () => token,
    },
    { onHealth: (told) => news.push(told) },
  );
}

async function connected(): Promise<HostConnection> {
  const opening = begin();
  sockets[0].says('HELLO', 0, 0, hello);
  return opening;
}

const settle = () => vi.advanceTimersByTimeAsync(0);

describe('a connection to a host', () => {
  it('is there when the host has said HELLO', async () => {
    const connection = await connected();
    expect(connection.state).toBe('open');
    expect(connection.info).toEqual(hello);
    expect(sockets[0].binaryType).toBe('arraybuffer');
    connection.close();
    expect([connection.state, sockets[0].closedWith]).toEqual(['closed', 1000]);
  });

  it('fails once where there is no host, and says whose fault it is', async () => {
    const opening = begin();
    sockets[0].breaks();
    await expect(opening).rejects.toMatchObject({
      code: 'ERR_DEVICE_LOST',
      remedy: expect.stringContaining('host status'),
    });
    token = 'refused';
    const again = begin();
    sockets[1].breaks();
    await expect(again).rejects.toMatchObject({ code: 'ERR_ARGUMENT', details: { reason: 'token' } });
    expect(sockets.length).toBe(2);
    token = 'taken';
    const silent = begin();
    const failed = expect(silent).rejects.toMatchObject({ received: 'none in time' });
    await vi.advanceTimersByTimeAsync(10_000);
    await failed;
    const other = begin();
    sockets.at(-1)?.gives(new Uint8Array([1, 2, 3]));
    await expect(other).rejects.toMatchObject({ received: 'something that is no bridge' });
  });

  it('comes back with waits that double, and tells its streams', async () => {
    const connection = await connected();
    const told: string[] = [];
    connection.add({
      receive: () => {},
      lost: (_, attempt) => told.push(`lost ${attempt}`),
      restored: () => told.push('restored'),
      ended: () => told.push('ended'),
    });
    sockets[0].breaks();
    await settle();
    for (let attempt = 2; attempt < 9; attempt++) {
      expect(sockets.length).toBe(attempt);
      sockets.at(-1)?.breaks();
      await vi.advanceTimersByTimeAsync(10_000);
    }
    const waits = news.map((lost) => (lost.type === 'lost' ? lost.waitMs : -1));
    expect(waits[0]).toBe(0);
    waits.slice(1).forEach((wait, index) => {
      const full = Math.min(10_000, 250 * 2 ** index);
      expect(wait).toBeLessThanOrEqual(full);
      expect(wait).toBeGreaterThanOrEqual(full * 0.74);
    });
    sockets.at(-1)?.says('HELLO', 0, 0, { ...hello, boot: 'two' });
    await settle();
    expect(connection.state).toBe('open');
    expect(connection.info.boot).toBe('two');
    expect(told.at(-1)).toBe('restored');
    expect(news.at(-1)).toMatchObject({ type: 'restored', info: { boot: 'two' } });
    connection.close();
    expect(told.at(-1)).toBe('ended');
  });

  it('gives up when the token is no longer taken', async () => {
    const connection = await connected();
    const ended: Error[] = [];
    connection.add({ receive: () => {}, lost: () => {}, restored: () => {}, ended: (error) => ended.push(error) });
    token = 'refused';
    sockets[0].breaks();
    await settle();
    sockets[1].breaks();
    await settle();
    expect(connection.state).toBe('refused');
    expect(ended).toMatchObject([{ code: 'ERR_ARGUMENT', details: { reason: 'token' } }]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sockets.length).toBe(2);
  });

  it('takes a host that says nothing for lost', async () => {
    const connection = await connected();
    await vi.advanceTimersByTimeAsync(5000);
    // The first at once, for the clocks.
    expect(sockets[0].sent.map(({ type }) => type)).toEqual(['PING', 'PING']);
    sockets[0].says('PONG', 0, 0);
    await vi.advanceTimersByTimeAsync(5000);
    expect(connection.state).toBe('open');
    await vi.advanceTimersByTimeAsync(5000);
    expect(connection.state).toBe('lost');
    connection.close();
  });

  it('knows how long a message was on its way, whatever the clock of the host says', async () => {
    const connection = await connected();
    const [ping] = sockets[0].sent;
    await vi.advanceTimersByTimeAsync(2);
    // Five hundred seconds ahead, and in the middle of the way when it answered.
    const pong = { type: 'PONG', stream: 0, sequence: 0, time: ping.time + 500_001, payload: undefined } as const;
    const message = decodeMessage(encodeMessage({ ...pong, type: 'RESULT', time: ping.time + 500_009 }));
    expect(connection.delayOf(message)).toBeUndefined();
    sockets[0].gives(encodeMessage(pong));
    await vi.advanceTimersByTimeAsync(10);
    expect(connection.delayOf(message)).toBeCloseTo(3, 3);
    connection.close();
  });

  it('takes the best of twenty answers where none comes soon', async () => {
    const connection = await connected();
    const late = (ms: number) => {
      const ping = sockets[0].sent.filter(({ type }) => type === 'PING').at(-1) as (typeof sockets)[0]['sent'][0];
      const time = ping.time + ms / 2 + 1000;
      return vi.advanceTimersByTimeAsync(ms).then(() => {
        sockets[0].gives(encodeMessage({ type: 'PONG', stream: 0, sequence: 0, time, payload: undefined }));
        return time;
      });
    };
    let time = 0;
    for (let i = 0; i < 20; i++) {
      expect(connection.delayOf({ type: 'RESULT', stream: 1, sequence: 1, time, payload: undefined })).toBeUndefined();
      time = await late(i === 7 ? 4 : 30);
      if (i < 19) await vi.advanceTimersByTimeAsync(100);
    }
    // The host's clock stood there half a way ago.
    expect(connection.delayOf({ type: 'RESULT', stream: 1, sequence: 1, time, payload: undefined })).toBeCloseTo(15, 3);
    connection.close();
  });

  it('brings each answer to who asked, and rejects what was not answered', async () => {
    const connection = await connected();
    const asked = [1, 2, 3].map((stream) => connection.request<'OPENED'>('OPEN', stream, {}));
    const [one, two, three] = sockets[0].sent.filter(({ type }) => type === 'OPEN');
    sockets[0].says('ERROR', 2, two.sequence, {
      error: { name: 'x', code: 'ERR_ARGUMENT', message: 'no', subject: 's', expected: 'e', received: 'r' },
    });
    sockets[0].says('OPENED', 3, three.sequence, { key: 'three' });
    await expect(asked[1]).rejects.toMatchObject({ code: 'ERR_ARGUMENT', subject: 's' });
    expect(await asked[2]).toEqual({ key: 'three' });
    expect(one.type).toBe('OPEN');
    const lost = expect(asked[0]).rejects.toMatchObject({ code: 'ERR_DEVICE_LOST' });
    sockets[0].breaks();
    await lost;
    await expect(connection.request('OPEN', 4, {})).rejects.toMatchObject({ code: 'ERR_DEVICE_LOST' });
    connection.close();
  });

  it('is begun anew after garbage, never worse', async () => {
    const connection = await connected();
    const bytes = fc.sample(fc.uint8Array({ maxLength: 60 }), { numRuns: 500, seed });
    for (const garbage of bytes) {
      sockets.at(-1)?.gives(garbage as Uint8Array<ArrayBuffer>);
      expect(connection.state).toBe('lost');
      await vi.advanceTimersByTimeAsync(0);
      sockets.at(-1)?.says('HELLO', 0, 0, hello);
      await vi.advanceTimersByTimeAsync(0);
      expect(connection.state).toBe('open');
    }
    connection.close();
  });
});
