import type { ReflexarcError } from '../core/error.js';
import {
  type ExecutionProviderId,
  executionProviderIds,
  parseRuntimes,
  type RuntimeChoice,
} from '../core/runtime-choice.js';
import { UsageError } from './usage-error.js';

/** Reads the text of an option. @throws {UsageError} ERR_ARGUMENT naming the option. */
export type OptionParser<T> = (text: string) => T;

const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

function refuse(flag: string, expected: string, text: string): never {
  throw new UsageError({ subject: flag, expected, received: `"${text}"` });
}

function numberParser(flag: string, expected: string, accepts: (value: number) => boolean): OptionParser<number> {
  return (text) => {
    const value = Number(text);
    return decimal.test(text.trim()) && Number.isFinite(value) && accepts(value) ? value : refuse(flag, expected, text);
  };
}

/** The path of a folder. An empty one would be the current folder, and is rather a variable of a script that is not set. */
export function folder(flag: string): OptionParser<string> {
  return (text) => (text.trim() === '' ? refuse(flag, 'a folder', text) : text);
}

/** The path of a file; an empty one is refused as that of a folder is. */
export function file(flag: string): OptionParser<string> {
  return (text) => (text.trim() === '' ? refuse(flag, 'a file', text) : text);
}

/** A whole number from `min` to `max`. */
export function wholeNumber(flag: string, min = 1, max = Number.MAX_SAFE_INTEGER): OptionParser<number> {
  const range = max === Number.MAX_SAFE_INTEGER ? `a whole number from ${min}` : `a whole number from ${min} to ${max}`;
  return numberParser(flag, range, (value) => Number.isInteger(value) && value >= min && value <= max);
}

/** A number from `min` to `max`. */
export function numberBetween(flag: string, min: number, max: number): OptionParser<number> {
  return numberParser(flag, `a number from ${min} to ${max}`, (value) => value >= min && value <= max);
}

/** A number above 0. */
export function positiveNumber(flag: string, unit = ''): OptionParser<number> {
  return numberParser(flag, `a number above 0${unit && ` (${unit})`}`, (value) => value > 0);
}

/** A length of time as seconds (`60`), or with a unit (`500ms`, `60s`, `2m`, `1h`); gives ms. */
export function duration(flag: string): OptionParser<number> {
  const factors: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
  return (text) => {
    const [, digits, unit] = /^(\d+\.?\d*|\.\d+)\s*(ms|s|m|h)?$/.exec(text.trim()) ?? [];
    const ms = Number(digits) * factors[unit ?? 's'];
    return ms > 0 && Number.isFinite(ms) ? ms : refuse(flag, 'a length of time such as 60, 60s, 2m or 500ms', text);
  };
}

/** Comma-separated words, none empty. */
export function list(flag: string): OptionParser<string[]> {
  return (text) => {
    const words = text.split(',').map((word) => word.trim());
    return words.some((word) => word === '') ? refuse(flag, 'words separated by commas', text) : words;
  };
}

/** Runtimes in order of preference, each with its device behind a colon where it names one. */
export function runtimes(flag: string): OptionParser<RuntimeChoice[]> {
  return (text) => {
    try {
      return parseRuntimes(text);
    } catch (error) {
      const { expected, received } = error as ReflexarcError;
      throw new UsageError({ subject: flag, expected, received, cause: error });
    }
  };
}

/** Execution providers of the runtime in a page. */
export function executionProviders(flag: string): OptionParser<ExecutionProviderId[]> {
  return (text) => {
    const ids = list(flag)(text);
    const unknown = ids.find((id) => !(executionProviderIds as readonly string[]).includes(id));
    if (unknown !== undefined) refuse(flag, `execution providers (${executionProviderIds.join(', ')})`, unknown);
    return ids as ExecutionProviderId[];
  };
}

/** A line as `x1,y1,x2,y2` in fractions of the frame's width and height. */
export function line(flag: string): OptionParser<{ from: Point; to: Point }> {
  return (text) => {
    const numbers = text.split(',').map((part) => (decimal.test(part.trim()) ? Number(part) : Number.NaN));
    const [x1, y1, x2, y2] = numbers;
    if (numbers.length !== 4 || !numbers.every(Number.isFinite) || (x1 === x2 && y1 === y2)) {
      refuse(flag, 'x1,y1,x2,y2: two different points in fractions of width and height, e.g. 0.5,0,0.5,1', text);
    }
    return { from: { x: x1, y: y1 }, to: { x: x2, y: y2 } };
  };
}

/** A size as `WIDTHxHEIGHT` in px. */
export function size(flag: string): OptionParser<{ width: number; height: number }> {
  return (text) => {
    const [, width, height] = /^(\d+)x(\d+)$/i.exec(text.trim()) ?? [];
    const side = (digits: string) => {
      const value = Number(digits);
      return value >= 64 && value <= 4096 ? value : refuse(flag, 'WIDTHxHEIGHT, each from 64 to 4096 px', text);
    };
    return { width: side(width), height: side(height) };
  };
}

/** A point in fractions of the frame. */
interface Point {
  x: number;
  y: number;
}
