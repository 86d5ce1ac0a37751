import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DeviceLostError } from '../../../src/core/error.js';
import type { PipelineHealth } from '../../../src/pipeline/health.js';
import { type Life, Supervisor } from '../../../src/pipeline/supervisor.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

class FakeLife implements Life {
  lose!: (reason: string) => void;
  closed = 0;
  readonly lost = new Promise<DeviceLostError>((resolve) => {
    this.lose = (reason) =>
      resolve(new DeviceLostError({ subject: 'worker', expected: 'one', received: 'none', details: { reason } }));
  });

  async close() {
    this.closed++;
  }
}

function supervise(restarts: number, open?: (signal: AbortSignal) => Promise<FakeLife>) {
  const lives = [new FakeLife()];
  const health: PipelineHealth[] = [];
  const opening = async (signal: AbortSignal) => {
    const life = open ? await open(signal) : new FakeLife();
    lives.push(life);
    return life;
  };
  const supervisor = new Supervisor(lives[0], opening, { restarts }, (news) => health.push(news));
  return { supervisor, lives, health };
}

describe('supervisor', () => {
  it('replaces a life that was lost, at once, and closes it first', async () => {
    const { supervisor, lives, health } = supervise(5);
    expect(await supervisor.ready()).toBe(lives[0]);
    lives[0].lose('hung');
    await vi.advanceTimersByTimeAsync(0);
    expect(await supervisor.ready()).toBe(lives[1]);
    expect([lives[0].closed, supervisor.restarts, supervisor.life === lives[1]]).toEqual([1, 1, true]);
    expect(health).toMatchObject([
      { type: 'restarting', reason: 'hung', attempt: 1, waitMs: 0, error: { code: 'ERR_DEVICE_LOST' } },
      { type: 'restored', restarts: 1 },
    ]);
  });

  it('is told by a call of what it hears, too: once counts', async () => {
    const { supervisor, lives } = supervise(5);
    const error = new DeviceLostError({ subject: 'gpu', expected: 'one', received: 'none' });
    supervisor.report(lives[0], error);
    // Whoever asks from now on waits for the successor.
    const ready = supervisor.ready();
    supervisor.report(lives[0], error);
    lives[0].lose('crashed');
    await vi.advanceTimersByTimeAsync(0);
    expect(await ready).toBe(lives[1]);
    expect(lives).toHaveLength(2);
  });

  it('waits longer before each further attempt, and gives up with one error', async () => {
    const { supervisor, lives, health } = supervise(3, () => Promise.reject(new Error('no such model')));
    lives[0].lose('crashed');
    await vi.advanceTimersByTimeAsync(0);
    const ready = supervisor.ready();
    const failure = expect(ready).rejects.toMatchObject({
      code: 'ERR_DEVICE_LOST',
      received: '4 lost in a row, after 3 restarts; the last: no such model',
      details: { restarts: 3, reason: 'failed' },
      cause: { message: 'no such model' },
    });
    await vi.advanceTimersByTimeAsync(60_000);
    await failure;
    expect(health.map((news) => news.type === 'restarting' && [news.attempt, news.waitMs, news.reason])).toEqual([
      [1, 0, 'crashed'],
      [2, 250, 'failed'],
      [3, 500, 'failed'],
    ]);
  });

  it('counts anew after a life that has worked for a minute', async () => {
    const { supervisor, lives } = supervise(1);
    for (let i = 0; i < 4; i++) {
      await vi.advanceTimersByTimeAsync(61_000);
      lives[i].lose('crashed');
      await vi.advanceTimersByTimeAsync(0);
      expect(await supervisor.ready()).toBe(lives[i + 1]);
    }
    lives[4].lose('crashed');
    await vi.advanceTimersByTimeAsync(0);
    await expect(supervisor.ready()).rejects.toMatchObject({ code: 'ERR_DEVICE_LOST' });
    expect(supervisor.restarts).toBe(4);
  });

  it('ends an attempt under way when it is stopped, and a wait for one', async () => {
    let aborted: unknown;
    const never = (signal: AbortSignal) =>
      new Promise<FakeLife>((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          aborted = signal.reason;
          reject(signal.reason);
        });
      });
    const { supervisor, lives, health } = supervise(5, never);
    lives[0].lose('crashed');
    await vi.advanceTimersByTimeAsync(0);
    const ready = supervisor.ready();
    const reason = Symbol('closed');
    supervisor.stop(reason);
    await expect(ready).rejects.toBe(reason);
    expect(aborted).toBe(reason);
    expect(health.map(({ type }) => type)).toEqual(['restarting']);
    const waiting = supervise(5, () => Promise.reject(new Error('offline')));
    waiting.lives[0].lose('crashed');
    await vi.advanceTimersByTimeAsync(10);
    const later = waiting.supervisor.ready();
    waiting.supervisor.stop(reason);
    await expect(later).rejects.toBe(reason);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('lets a life that is lost after the end be', async () => {
    const { supervisor, lives, health } = supervise(5);
    supervisor.stop('over');
    lives[0].lose('crashed');
    await vi.advanceTimersByTimeAsync(1000);
    expect([lives.length, health.length]).toEqual([1, 0]);
  });
});
