import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const target = `library-${process.arch}`;

interface Built {
  built: Record<string, string>;
  skipped: Record<string, string>;
}

function build(): Built {
  if (process.arch !== 'x64' && process.arch !== 'arm64') {
    return { built: {}, skipped: { [target]: 'x86-64 or arm64 machine' } };
  }
  return JSON.parse(execFileSync('node', ['native/build.mjs', target], { cwd: root, encoding: 'utf8' }));
}

const { built, skipped } = build();

/** The library with the native kernels of this machine, made of the sources as they are; absent without a compiler. */
export const nativeLibrary: string | undefined = built[target];

/** What the machine lacks where there is no library; empty where there is. */
export const libraryLack: string = skipped[target] ?? '';
