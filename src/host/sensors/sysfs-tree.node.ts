import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type SensorKind, type SensorProblem, type SensorReading, sensorUnits } from '../../bridge/sensor-report.js';
import { plausible } from './plausible.js';

/** A value to be taken from a file. */
export interface Wanted {
  kind: SensorKind;
  name: string;
  path: string;
  /** The file's number is divided by this, e.g. 1000 for millidegrees. */
  divisor: number;
  /** What to do where it may not be read. */
  remedy?: string;
}

/**
 * The kernel's files under a root, read for one report. A file that is absent is no sensor; one that cannot be read, or
 * says what cannot be, is a problem and never a value.
 */
export class SysfsTree {
  readonly readings: SensorReading[] = [];
  readonly problems: SensorProblem[] = [];
  readonly #root: string;

  /** @param root `/`, or a folder with a tree like it. */
  constructor(root: string) {
    this.#root = root;
  }

  /** Names in a folder that match, in order of their numbers; none where it is absent. */
  async names(folder: string, pattern: RegExp): Promise<string[]> {
    const names = await readdir(join(this.#root, folder)).catch(() => []);
    const order = new Intl.Collator('en', { numeric: true });
    return names.filter((name) => pattern.test(name)).sort(order.compare);
  }

  /** A file's text without white space around it; undefined where it is absent or empty, and a problem where it is unreadable. */
  async text(path: string, remedy?: string): Promise<string | undefined> {
    try {
      // Strings of the device tree end with a zero byte.
      return (await readFile(join(this.#root, path), 'utf8')).replace(/\0+$/, '').trim() || undefined;
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENODEV') return undefined;
      const denied = code === 'EACCES' || code === 'EPERM';
      this.problems.push({
        path,
        reason: 'unreadable',
        message: denied ? 'this user may not read it' : message,
        ...(denied && remedy ? { remedy } : {}),
      });
      return undefined;
    }
  }

  /** A file's whole number; undefined where it is absent, and a problem where it says something else. */
  async number(path: string, remedy?: string): Promise<number | undefined> {
    const text = await this.text(path, remedy);
    if (text === undefined) return undefined;
    if (/^-?\d+$/.test(text)) return Number(text);
    this.absurd(path, `"${text.slice(0, 40)}" where a whole number was expected`);
    return undefined;
  }

  /** Reads a sensor into the report. */
  async take({ kind, name, path, divisor, remedy }: Wanted): Promise<void> {
    const raw = await this.number(path, remedy);
    if (raw !== undefined) this.give(kind, name, raw / divisor, path);
  }

  /** Puts a value into the report, unless it cannot be. */
  give(kind: SensorKind, name: string, value: number, path: string): void {
    const [least, most] = plausible[kind];
    const unit = sensorUnits[kind];
    if (value >= least && value <= most) this.readings.push({ kind, name, value, unit, path });
    else this.absurd(path, `${value} ${unit} where ${least} to ${most} ${unit} is possible`);
  }

  /** Notes a value that cannot be. */
  absurd(path: string, message: string): void {
    this.problems.push({ path, reason: 'absurd', message });
  }
}
