import { readdirSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { UnsupportedError } from '../core/error.js';

/** Where a vendor's library may be. */
export interface LibrarySearch {
  /** What is looked for, for messages, e.g. `OpenVINO`. */
  what: string;
  /** A path that somebody named; nothing else is tried then. */
  named?: string;
  /** Environment variable that names one; nothing else is tried where it is set. */
  variable: string;
  /** Paths in order; the last part, and any folder, may hold `*`. Of several that match, the last by version comes first. */
  places: readonly string[];
  /** What to do where there is none. */
  remedy: string;
}

/**
 * Looks for a library: the named one, that of the environment, the usual places. Opens nothing.
 * @throws {UnsupportedError} ERR_UNSUPPORTED there is none; `details.tried` lists where it was looked for.
 */
export function findLibrary({ what, named, variable, places, remedy }: LibrarySearch): string {
  const wanted = named ?? (process.env[variable] || undefined);
  const tried = wanted === undefined ? places : [resolve(wanted)];
  for (const place of tried) {
    const [found] = matches(place);
    if (found !== undefined) return realpathSync(found);
  }
  throw new UnsupportedError({
    subject: what,
    expected: wanted === undefined ? 'its library in one of the usual places' : `the library ${tried[0]}`,
    received: 'no such file',
    remedy: wanted === undefined ? `${remedy} Or name it with ${variable}.` : 'Name one that exists, or none.',
    details: { tried: [...tried] },
  });
}

// Files that a path with stars stands for, the newest version first.
function matches(place: string): string[] {
  const parts = resolve(place).split('/').slice(1);
  let found = ['/'];
  for (const part of parts) {
    if (!part.includes('*')) {
      found = found.map((folder) => join(folder, part));
      continue;
    }
    const pattern = new RegExp(`^${part.split('*').map(literal).join('.*')}$`);
    found = found.flatMap((folder) => entries(folder, pattern).map((name) => join(folder, name)));
  }
  const files = found.filter(isFile);
  return files.sort((a, b) => newest(a, b));
}

function newest(a: string, b: string): number {
  const order = new Intl.Collator('en', { numeric: true });
  return order.compare(b.slice(dirname(b).length), a.slice(dirname(a).length)) || order.compare(b, a);
}

function entries(folder: string, pattern: RegExp): string[] {
  try {
    return readdirSync(folder).filter((name) => pattern.test(name));
  } catch {
    return [];
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
