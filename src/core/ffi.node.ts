import { UnsupportedError } from './error.js';

/** The version of koffi that this package is tested with. */
export const koffiVersion = '3.3.4';

/**
 * Stack of a call, in bytes, as much as the system gives a thread. koffi brings its own, by default 128 KiB for a call
 * on another thread, and a compiler of models that outgrows it ends the process. Taken before the first call; untouched
 * pages cost nothing.
 */
const stackBytes = 8 * 2 ** 20;

/** A type that was declared to koffi; opaque. */
export type FfiType = object;

/** A function of a library. `async` runs it on a thread of libuv's pool; the last argument is its callback. */
export interface FfiFunction {
  (...values: unknown[]): unknown;
  async(...values: unknown[]): void;
}

/** A shared library that was loaded into this process. */
export interface FfiLibrary {
  func(name: string, result: string | FfiType, parameters: readonly (string | FfiType)[]): FfiFunction;
  /** By a C prototype. */
  func(prototype: string): FfiFunction;
}

/** What is used of koffi, an optional peer: the one place that names it. */
export interface Ffi {
  load(path: string | null): FfiLibrary;
  /** Address of a view's first byte; it stays for as long as the buffer is attached and alive. */
  address(view: ArrayBufferView): bigint;
  /** Native memory as an ArrayBuffer, without a copy. */
  view(pointer: bigint | object, byteLength: number): ArrayBuffer;
  struct(name: string, members: Record<string, string | FfiType>): FfiType;
  opaque(name?: string): FfiType;
  proto(name: string, result: string | FfiType, parameters: readonly (string | FfiType)[]): FfiType;
  decode(value: unknown, type: string | FfiType, length?: number): unknown;
  decode(value: unknown, offset: number, type: string | FfiType, length?: number): unknown;
  sizeof(type: string | FfiType): number;
  offsetof(type: string | FfiType, member: string): number;
  errno(value?: number): number;
  /** Absent in stand-ins. */
  config?(settings?: Record<string, number>): Record<string, number>;
}

/**
 * Loads koffi. @param purpose what it is for, for the message.
 * @throws {UnsupportedError} ERR_UNSUPPORTED it is not installed, or does not load here.
 */
export async function loadFfi(purpose: string, load: () => Promise<{ default: unknown }> = importKoffi): Promise<Ffi> {
  try {
    const ffi = (await load()).default as Ffi;
    configure(ffi);
    return ffi;
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new UnsupportedError({
      subject: purpose,
      expected: 'the package koffi',
      received: `none that loads (${message.split('\n')[0]})`,
      remedy: `Install it beside reflexarc: npm install koffi@${koffiVersion}`,
      details: { supported: [] },
      cause,
    });
  }
}

/** Whether calls on other threads have the stack that libraries of vendors need; not where somebody else used koffi first. */
export function haveLargeStacks(ffi: Ffi): boolean {
  return (ffi.config?.().async_stack_size ?? 0) >= stackBytes;
}

/**
 * Loads a library that stays mapped until the process ends. koffi unmaps one that nothing refers to any more, at the
 * latest with its worker: under functions that were found by address, and under threads that the library started.
 */
export function loadForGood(ffi: Ffi, path: string): FfiLibrary {
  const library = ffi.load(path);
  const dlopen = ffi.load(null).func('dlopen', 'void *', ['const char *', 'int']);
  // RTLD_NOW with RTLD_NODELETE, which has another number on macOS.
  dlopen(path, process.platform === 'darwin' ? 0x82 : 0x1002);
  return library;
}

function configure(ffi: Ffi): void {
  if (!ffi.config || haveLargeStacks(ffi)) return;
  try {
    ffi.config({ ...ffi.config(), sync_stack_size: stackBytes, async_stack_size: stackBytes });
  } catch {
    // Only before the first library is loaded; haveLargeStacks tells.
  }
}

// A name in a variable: bundlers leave an optional peer alone.
function importKoffi(): Promise<{ default: unknown }> {
  const name = 'koffi';
  return import(name);
}
