import { afterEach, expect, it, vi } from 'vitest';
import { BusyPoll } from '../../../src/host/child/busy-poll.js';

let time = 0;
const spy = () => vi.spyOn(performance, 'now').mockImplementation(() => time);
const turns = async () => {
  for (let i = 0; i < 5; i++) await new Promise((done) => setImmediate(done));
};
/** Each look takes 0.05 ms. */
const poll = (options?: { always?: boolean; cores?: number }) => {
  spy();
  let looks = 0;
  const polling = new BusyPoll(() => {
    looks++;
    time += 0.05;
    return false;
  }, options);
  return { polling, looks: () => looks };
};
const frame = async ({ polling }: ReturnType<typeof poll>, afterMs: number) => {
  time += afterMs;
  polling.begin();
  time += 10;
  polling.end();
};

afterEach(() => {
  vi.restoreAllMocks();
  time = 0;
});

it('sleeps between the frames of a camera', async () => {
  const poller = poll();
  for (let i = 0; i < 3; i++) await frame(poller, 23);
  await turns();
  expect(poller.looks()).toBe(0);
});

it('looks for a millisecond after frames that follow one another, and then sleeps', async () => {
  const poller = poll();
  await frame(poller, 30);
  await frame(poller, 0.3);
  const ended = time;
  for (let i = 0; i < 5; i++) await turns();
  expect(time - ended).toBeGreaterThan(0.99);
  expect(time - ended).toBeLessThan(1.2);
  const looks = poller.looks();
  // The next comes late: the one after it is not waited for.
  await frame(poller, 30);
  await turns();
  expect(poller.looks()).toBe(looks);
});

it('does not look while a frame is under way, nor on a single core', async () => {
  const two = poll();
  await frame(two, 30);
  await frame(two, 0.3);
  two.polling.begin();
  two.polling.begin();
  two.polling.end();
  await turns();
  expect(two.looks()).toBe(0);
  vi.restoreAllMocks();
  const one = poll({ cores: 1 });
  await frame(one, 30);
  await frame(one, 0.3);
  await turns();
  expect(one.looks()).toBe(0);
});

it('always looks where it is told to, until it is stopped', async () => {
  const poller = poll({ always: true, cores: 1 });
  poller.polling.end();
  for (let i = 0; i < 20; i++) await turns();
  expect(time).toBeGreaterThan(5);
  poller.polling.stop();
  const looks = poller.looks();
  await turns();
  expect(poller.looks()).toBe(looks);
});

it('stops looking when it has found a frame', async () => {
  spy();
  let found = 0;
  const polling: BusyPoll = new BusyPoll(
    () => {
      found++;
      polling.begin();
      return true;
    },
    { always: true },
  );
  polling.end();
  await turns();
  expect(found).toBe(1);
});
