import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RetryTimer } from '../../../src/host/retry-timer.js';

describe('a circuit breaker that tries again', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('waits twice as long after each attempt that fails, and not for ever', async () => {
    const times: number[] = [];
    const began = Date.now();
    const timer = new RetryTimer(async () => {
      times.push(Date.now() - began);
      if (times.length === 2) throw new Error('it does not open');
      return false;
    }, 100);
    timer.arm();
    timer.arm();
    await vi.advanceTimersByTimeAsync(100 * (1 + 2 + 4 + 8 + 16 + 16));
    expect(times).toEqual([100, 300, 700, 1500, 3100, 4700]);
    await timer.close();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(times).toHaveLength(6);
  });

  it('begins anew once what was taken back has worked for a while', async () => {
    const attempts: number[] = [];
    const timer = new RetryTimer(async () => attempts.push(Date.now()) > 0, 100);
    timer.arm();
    await vi.advanceTimersByTimeAsync(100);
    timer.rest();
    // Lost again at once: the next attempt waits longer.
    timer.arm();
    await vi.advanceTimersByTimeAsync(199);
    expect(attempts).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(attempts).toHaveLength(2);
    timer.rest();
    await vi.advanceTimersByTimeAsync(200);
    timer.arm();
    await vi.advanceTimersByTimeAsync(100);
    expect(attempts).toHaveLength(3);
    await timer.close();
  });
});
