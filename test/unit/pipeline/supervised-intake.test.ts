import { describe, expect, it } from 'vitest';
import { DeviceLostError } from '../../../src/core/error.js';
import { FrameLostError } from '../../../src/pipeline/frame-lost-error.js';
import type { IntakeCounters, Landing, Progress } from '../../../src/pipeline/intake.js';
import { type IntakeLife, SupervisedIntake } from '../../../src/pipeline/supervised-intake.js';

const recovery = { hangMs: 1000, restarts: 3 };
const loss = new DeviceLostError({ subject: 'worker', expected: 'one', received: 'none', details: { reason: 'hung' } });

type Step = Landing | DeviceLostError | undefined;

/** A life that answers each call with the next of its steps. */
class FakeLife implements IntakeLife {
  readonly engine = {} as IntakeLife['engine'];
  readonly source = { type: 'camera', endless: true };
  readonly copies = [];
  readonly overlap = [];
  readonly counters: IntakeCounters = {
    dropped: 0,
    openFrames: 0,
    frameBuffers: 0,
    kernelMemoryBytes: 0,
    restarts: 0,
  };
  readonly lost = new Promise<DeviceLostError>(() => {});
  stops = 0;
  closed = 0;

  constructor(
    readonly steps: Step[],
    readonly progress: Progress | undefined = undefined,
  ) {}

  async next() {
    const step = this.steps.shift();
    if (step instanceof DeviceLostError) throw step;
    return step;
  }

  async stop() {
    this.stops++;
  }

  async close() {
    this.closed++;
  }
}

const progressAt = (nextFrame: number): Progress => ({ nextFrame, position: nextFrame, dropped: 0, startTime: 1 });

function landing(id: number, timestamp: number, captureTime: number): Landing {
  const frame = {
    id,
    timestamp,
    captureTime,
    timed: 'source' as const,
    width: 8,
    height: 8,
    acquireMs: 1,
    readyTime: captureTime,
  };
  return { kind: 'frame', frame, processed: {} as never };
}

async function open(...lives: FakeLife[]) {
  const resumes: (Progress | undefined)[] = [];
  const intake = await SupervisedIntake.open(async (resume) => {
    resumes.push(resume);
    return lives[resumes.length - 1];
  }, recovery);
  const times = async (count: number) => {
    const seen: unknown[] = [];
    for (let i = 0; i < count; i++) {
      const landed = await intake.next(0);
      seen.push(landed?.kind === 'frame' ? landed.frame.timestamp : landed?.fault.frame);
    }
    return seen;
  };
  return { intake, resumes, times };
}

describe('supervised intake', () => {
  it('makes a fault of the frame that was lost, and goes on after it', async () => {
    const first = new FakeLife([landing(0, 0, 1000), new FrameLostError(1, loss)], progressAt(2));
    const { intake, resumes } = await open(first, new FakeLife([landing(2, 66, 1066), undefined]));
    expect(await intake.next(0)).toMatchObject({ kind: 'frame', frame: { id: 0 } });
    expect(await intake.next(0)).toMatchObject({
      kind: 'fault',
      lost: true,
      fault: { frame: 1, error: { code: 'ERR_DEVICE_LOST', details: { reason: 'hung' } } },
    });
    expect(await intake.next(0)).toMatchObject({ frame: { id: 2 } });
    expect(await intake.next(0)).toBeUndefined();
    expect(resumes).toEqual([undefined, progressAt(2)]);
    expect([first.closed, intake.counters.restarts]).toEqual([1, 1]);
  });

  it('asks the successor where no frame had been taken', async () => {
    const { intake, resumes } = await open(new FakeLife([loss], progressAt(7)), new FakeLife([landing(7, 0, 0)]));
    expect(await intake.next(0)).toMatchObject({ kind: 'frame', frame: { id: 7 } });
    expect(resumes).toEqual([undefined, progressAt(7)]);
  });

  it('remembers how far it was through a successor that took nothing', async () => {
    const lives = [new FakeLife([loss], progressAt(7)), new FakeLife([loss]), new FakeLife([landing(7, 0, 0)])];
    const { intake, resumes } = await open(...lives);
    expect(await intake.next(0)).toMatchObject({ frame: { id: 7 } });
    expect(resumes).toEqual([undefined, progressAt(7), progressAt(7)]);
  });

  it('lets timestamps go on by the time that has passed where the source begins its time anew', async () => {
    const first = new FakeLife([landing(0, 500_000, 1000), landing(1, 533_333, 1033), loss]);
    const second = new FakeLife([landing(2, 0, 3033), landing(3, 33_333, 3066), loss]);
    // This one counts on: nothing is changed.
    const third = new FakeLife([landing(4, 9_000_000, 3100), landing(5, 9_033_333, 3133)]);
    const { times } = await open(first, second, third);
    expect(await times(6)).toEqual([500_000, 533_333, 2_533_333, 2_566_666, 9_000_000, 9_033_333]);
  });

  it('leaves the times of a camera alone that shows its newest frame once more', async () => {
    const first = new FakeLife([landing(0, 500_000, 1000), loss]);
    const { times } = await open(first, new FakeLife([landing(1, 500_000, 1900), landing(2, 533_333, 1933)]));
    expect(await times(3)).toEqual([500_000, 500_000, 533_333]);
  });

  it('passes on what ends the run, and ends what waits when it is stopped', async () => {
    const error = new Error('no such file');
    const failing = new FakeLife([]);
    failing.next = () => Promise.reject(error);
    const { intake } = await open(failing);
    await expect(intake.next(0)).rejects.toBe(error);
    await intake.close();
    expect(await intake.next(0)).toBeUndefined();
    expect([failing.stops, failing.closed]).toEqual([1, 1]);
  });

  it('ends a call that waits for a successor when it is stopped', async () => {
    let opened = 0;
    const intake = await SupervisedIntake.open((_resume, signal) => {
      if (opened++ === 0) return Promise.resolve(new FakeLife([loss]));
      return new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
    }, recovery);
    const waiting = intake.next(0);
    await new Promise((resolve) => setTimeout(resolve, 5));
    await intake.stop();
    expect(await waiting).toBeUndefined();
    expect(opened).toBe(2);
  });
});
