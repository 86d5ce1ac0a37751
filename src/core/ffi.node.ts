import { UnsupportedError } from './error.js';

/** The version of koffi that this package is tested with. */
export const koffiVersion = '3.3.4';

/** A type that was declared to koffi; opaque. */
export type FfiType = object;

/** A function of a library. `async` runs it on a thread of libuv's pool; the last argument is its callback. */
export interface FfiFunction {
  // biome-ignore lint/suspicious/noExplicitAny: what C takes and gives is as wide as C.
  (...values: any[]): any;
  // biome-ignore lint/suspicious/noExplicitAny: see above.
  async(...values: any[]): void;
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
  pointer(type: string | FfiType, count?: number): FfiType;
  out(type: string | FfiType): FfiType;
  inout(type: string | FfiType): FfiType;
  array(type: string | FfiType, length: number): FfiType;
  proto(name: string, result: string | FfiType, parameters: readonly (string | FfiType)[]): FfiType;
  decode(value: unknown, type: string | FfiType, length?: number): unknown;
  decode(value: unknown, offset: number, type: string | FfiType, length?: number): unknown;
  sizeof(type: string | FfiType): number;
  offsetof(type: string | FfiType, member: string): number;
  errno(value?: number): number;
  config(settings?: { sync_stack_size: number; async_stack_size: number }): unknown;
}

/**
 * Loads koffi. @param purpose what it is for, for the message.
 * @throws {UnsupportedError} ERR_UNSUPPORTED it is not installed, or does not load here.
 */
export async function loadFfi(purpose: string, load: () => Promise<{ default: unknown }> = importKoffi): Promise<Ffi> {
  try {
    const ffi = (await load()).default as Ffi;
    widenStacks(ffi);
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

// What is called runs on a stack of koffi's, 128 KiB by default where it is called asynchronously; compilers of models
// need what an ordinary thread has. Pages are taken when they are first touched.
function widenStacks(ffi: Ffi): void {
  const size = 8 * 2 ** 20;
  try {
    ffi.config?.({ sync_stack_size: size, async_stack_size: size });
  } catch {
    // Settled by the first library of this thread, which came through here, too.
  }
}

// A name in a variable: bundlers leave an optional peer alone.
function importKoffi(): Promise<{ default: unknown }> {
  const name = 'koffi';
  return import(name);
}
