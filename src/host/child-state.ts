import type { HostChild } from '../bridge/host-status.js';
import type { SchedulingAnswer } from './scheduling/scheduling.js';

/** A child process of a host pipeline: one runtime on one device. A snapshot. */
export interface ChildState extends HostChild {
  /** What became of each wish about scheduling; empty where there were none, and until the process is ready. */
  scheduling: readonly SchedulingAnswer[];
}
