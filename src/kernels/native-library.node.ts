import { existsSync, realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { KernelError, UnsupportedError } from '../core/error.js';
import { type Ffi, loadFfi } from '../core/ffi.node.js';
import {
  type KernelEntries,
  kernelEntryTypes,
  kernelVersion,
  picturePlanFields,
  picturePlanPointers,
} from './kernel-exports.js';

/** Names the library where {@link openNativeLibrary} is not given a path. */
export const libraryVariable = 'REFLEXARC_KERNEL_LIBRARY';

/** What is used of koffi here. */
export type Koffi = Pick<Ffi, 'load' | 'address'>;

/** Functions of one spelling in a native library. */
export type NativeEntries = Pick<KernelEntries, 'preprocess' | 'nms' | 'copy'>;

/** The kernels of this package as a shared library, loaded into this process. */
export interface NativeLibrary {
  /** Absolute. */
  readonly path: string;
  readonly simd: NativeEntries;
  readonly scalar: NativeEntries;
  /** Address of the first byte of a buffer, which stays there as long as the buffer is attached. */
  addressOf(buffer: ArrayBufferLike): number;
}

/** Where to look, and with what. */
export interface OpenNativeLibraryOptions {
  /** A library's path; before the environment variable, and before the place that the build writes to. */
  path?: string;
  /** @internal */
  importKoffi?: () => Promise<{ default: Koffi }>;
}

/** The path that was named by option or environment, if one was. */
export function namedLibrary(path?: string): string | undefined {
  return path ?? (process.env[libraryVariable] || undefined);
}

// Loaded libraries stay in the process; one that was refused is tried anew.
const opened = new Map<string, NativeLibrary>();

/**
 * Loads the kernels as native code. Nothing is built or fetched.
 * @throws {UnsupportedError} ERR_UNSUPPORTED koffi or the library is not there, or the processor lacks SSE4.1.
 * @throws {KernelError} ERR_KERNEL the file is no library, one of another architecture, or not this version's kernels.
 */
export async function openNativeLibrary(options: OpenNativeLibraryOptions = {}): Promise<NativeLibrary> {
  const named = namedLibrary(options.path);
  const place = named === undefined ? builtLibrary() : resolve(named);
  if (!existsSync(place)) throw missingLibrary(place, named !== undefined);
  const path = realpathSync(place);
  const known = opened.get(path);
  if (known) return known;
  const library = bind(path, await loadFfi('native kernels', options.importKoffi));
  opened.set(path, library);
  return library;
}

// The same from src/kernels and from dist/kernels.
function builtLibrary(): string {
  return fileURLToPath(new URL(`../../build/native/reflexarc-kernels-${process.arch}.so`, import.meta.url));
}

function bind(path: string, koffi: Koffi): NativeLibrary {
  const library = load(path, koffi);
  const entry = (name: string, result: string, parameters: readonly string[]) => {
    try {
      return library.func(name, result, [...parameters]);
    } catch (cause) {
      throw refused(path, `one without the function ${name}`, cause);
    }
  };
  const ask = (name: string) => entry(name, 'int32_t', [])() as number;
  const version = ask('kernel_version');
  if (version !== kernelVersion)
    throw refused(path, `version ${version} of them, where this package has ${kernelVersion}`);
  const planBytes = ask('picture_plan_bytes');
  const expected = picturePlanBytes();
  if (planBytes !== expected) throw refused(path, `plans of ${planBytes} bytes, where this package has ${expected}`);
  if (ask('highest_tier') < 1) throw oldProcessor();
  const spelling = (suffix: string): NativeEntries => {
    const typed = (name: keyof NativeEntries) => {
      const { result, arguments: parameters } = kernelEntryTypes[name];
      return entry(`${name}_${suffix}`, result, parameters);
    };
    return { preprocess: typed('preprocess'), nms: typed('nms'), copy: typed('copy') } as unknown as NativeEntries;
  };
  const addresses = new WeakMap<ArrayBufferLike, number>();
  return {
    path,
    simd: spelling('simd'),
    scalar: spelling('scalar'),
    addressOf(buffer) {
      let address = addresses.get(buffer);
      if (address === undefined) {
        // Addresses in user space have 47 or 48 bits: a number holds them exactly, and costs no allocation to add to.
        address = Number(koffi.address(new Uint8Array(buffer)));
        addresses.set(buffer, address);
      }
      return address;
    },
  };
}

/** Bytes of struct picture_plan where pointers have eight; checked against the library and, field by field, by its build. */
function picturePlanBytes(): number {
  return Math.ceil((picturePlanPointers * 8 + (picturePlanFields.length - picturePlanPointers) * 4) / 8) * 8;
}

function load(path: string, koffi: Koffi): ReturnType<Koffi['load']> {
  try {
    return koffi.load(path);
  } catch (cause) {
    throw refused(path, `a file that does not load (${messageOf(cause)})`, cause);
  }
}

function missingLibrary(path: string, named: boolean): UnsupportedError {
  return new UnsupportedError({
    subject: 'native kernels',
    expected: `the library ${path}`,
    received: 'no such file',
    remedy: named
      ? 'Name one that exists, or none.'
      : `Build it with \`npx reflexarc build-kernels\`, or name one with ${libraryVariable}.`,
    details: { supported: [] },
  });
}

function oldProcessor(): UnsupportedError {
  return new UnsupportedError({
    subject: 'native kernels',
    expected: 'a processor with SSE4.1',
    received: 'one without',
    remedy: "Ask for the tier 'reference', or 'auto'.",
    details: { supported: ['reference'] },
  });
}

function refused(path: string, received: string, cause?: unknown): KernelError {
  return new KernelError({
    subject: path,
    expected: `the native kernels of this package for ${process.platform}-${process.arch}`,
    received,
    remedy: 'Build it again with `npm run build:native`, or take it away.',
    details: { status: 'LOAD' },
    cause,
  });
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
