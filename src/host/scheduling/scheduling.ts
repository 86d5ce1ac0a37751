import * as v from 'valibot';

/** Priority in real time where none is given. */
export const lowPriority = 10;

const whole = v.pipe(v.number(), v.integer());

/** How the kernel treats a child: wishes, of which each is answered. What is left out stays as it is. */
export const schedulingSchema = v.strictObject({
  /** CPUs, from 0, that the child's worker thread and the threads it makes run on. */
  affinity: v.optional(v.pipe(v.array(v.pipe(whole, v.minValue(0), v.maxValue(1023))), v.minLength(1))),
  /** Niceness of the worker thread: lower comes first. */
  niceness: v.optional(v.pipe(whole, v.minValue(-20), v.maxValue(19))),
  /** `fifo`: in real time, before everything that is not. Threads that the worker makes do not inherit it. */
  scheduler: v.optional(v.picklist(['other', 'fifo'])),
  /** Priority in real time, with `fifo`. */
  priority: v.optional(v.pipe(whole, v.minValue(1), v.maxValue(99)), lowPriority),
  /** Keeps the pages of the ring that are in use in memory. */
  lockMemory: v.optional(v.boolean()),
  /** The worker thread never sleeps while it waits for frames: it has them some 20 µs sooner, and takes a core. */
  busyPoll: v.optional(v.boolean()),
});

/** How the kernel is to treat a child. */
export type Scheduling = v.InferInput<typeof schedulingSchema>;

/** What the kernel said to a wish. */
export interface SchedulingAnswer {
  wish: 'affinity' | 'niceness' | 'scheduler' | 'lockMemory';
  asked: string;
  got: 'ok' | 'refused';
  /** Name of the error, e.g. `EPERM`, where it was refused. */
  errno?: string;
  remedy?: string;
}
