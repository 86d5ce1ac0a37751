import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { UnsupportedError } from '../../core/error.js';
import { type Ffi, type FfiFunction, type FfiType, loadFfi, loadForGood } from '../../core/ffi.node.js';
import { findLibrary } from '../libraries.node.js';
import { OrtError } from './ort-error.js';
import { newestApi, type OrtFunctionEntry, type OrtFunctionName, oldestApi, ortFunctions } from './ort-functions.js';

/** Names the library where the options do not. */
export const libraryVariable = 'REFLEXARC_ORT_LIBRARY';

/** An address of the library's; 0 stands for none. */
export type Pointer = bigint;

/** The functions of the library, by name. A function that is newer than the library throws ERR_UNSUPPORTED. */
export type OrtFunctions = Readonly<Record<OrtFunctionName, FfiFunction>>;

/** How a library is loaded, for tests. @internal */
export interface LoadOrtOptions {
  importKoffi?: () => Promise<{ default: unknown }>;
  /** What is called in place of the functions themselves. */
  wrap?: (functions: OrtFunctions) => OrtFunctions;
}

/** Severity of what is logged: only what ends the process. Failures come as errors, and stderr is the caller's. */
export const quiet = 4;

/**
 * One `libonnxruntime` in this process, with its environment. Libraries stay loaded and their environment stays open
 * until the process ends: provider libraries that were registered with one are not torn down under running threads.
 */
export class OrtLibrary {
  readonly ffi: Ffi;
  /** Absolute. */
  readonly path: string;
  /** Release of the library, e.g. `1.30.0`. */
  readonly version: string;
  /** Version of the interface that it is driven by. */
  readonly api: number;
  readonly functions: OrtFunctions;
  /** `OrtEnv`. */
  readonly env: Pointer;
  /** The allocator that names and lists come from. Not owned. */
  readonly allocator: Pointer;
  /** Memory of the CPU that this process brings along. */
  readonly cpuMemory: Pointer;

  /** @internal */
  constructor(ffi: Ffi, path: string, version: string, api: number, functions: OrtFunctions) {
    this.ffi = ffi;
    this.path = path;
    this.version = version;
    this.api = api;
    this.functions = functions;
    this.env = this.make('CreateEnv', quiet, 'reflexarc');
    this.allocator = this.make('GetAllocatorWithDefaultOptions');
    // OrtDeviceAllocator, OrtMemTypeDefault.
    this.cpuMemory = this.make('CreateCpuMemoryInfo', 0, 0);
  }

  /** Whether the library has a function. */
  has(name: OrtFunctionName): boolean {
    return (entryOf(name).since ?? oldestApi) <= this.api;
  }

  /** Frees a status. @throws {OrtError} it is a failure. */
  require(status: Pointer | null): void {
    if (!status) return;
    const error = new OrtError(
      this.functions.GetErrorMessage(status) as string,
      this.functions.GetErrorCode(status) as number,
    );
    this.functions.ReleaseStatus(status);
    throw error;
  }

  /** Calls a function that may fail. @throws {OrtError} */
  do(name: OrtFunctionName, ...values: unknown[]): void {
    this.require(this.functions[name](...values) as Pointer | null);
  }

  /** The same on a thread of libuv's pool. What is handed over has to stay until it settles. @throws {OrtError} */
  async later(name: OrtFunctionName, ...values: unknown[]): Promise<void> {
    const status = await new Promise<Pointer | null>((resolve, reject) => {
      this.functions[name].async(...values, (error: Error | null, result: Pointer | null) =>
        error ? reject(error) : resolve(result),
      );
    });
    this.require(status);
  }

  /** Calls a function whose last parameter is where an address or a size goes, and gives that. @throws {OrtError} */
  make(name: OrtFunctionName, ...values: unknown[]): Pointer {
    const out = new BigUint64Array(1);
    this.do(name, ...values, out);
    return out[0];
  }

  /** The same of a function that writes an `int`. @throws {OrtError} */
  number(name: OrtFunctionName, ...values: unknown[]): number {
    const out = new Int32Array(1);
    this.do(name, ...values, out);
    return out[0];
  }

  /** The addresses of a list that the library keeps, of a function that gives list and length. @throws {OrtError} */
  list(name: OrtFunctionName, ...values: unknown[]): Pointer[] {
    const [at, length] = [new BigUint64Array(1), new BigUint64Array(1)];
    this.do(name, ...values, at, length);
    return this.pointers(at[0], Number(length[0]));
  }

  /** Addresses that stand in memory one after the other. */
  pointers(at: Pointer, length: number): Pointer[] {
    if (length === 0) return [];
    return Array.from(new BigUint64Array(this.ffi.view(at, length * 8)));
  }

  /** A text that the library keeps. */
  text(at: Pointer): string {
    return this.ffi.decode(at, 'char', -1) as string;
  }

  /** A text that the caller has to free, of a function whose last parameter is where its address goes. @throws {OrtError} */
  takeText(name: OrtFunctionName, ...values: unknown[]): string {
    const at = this.make(name, ...values);
    try {
      return this.text(at);
    } finally {
      this.do('AllocatorFree', this.allocator, at);
    }
  }

  /** Providers that were compiled in, most preferred first; each may need libraries of its own that are not here. */
  availableProviders(): string[] {
    const [at, length] = [new BigUint64Array(1), new Int32Array(1)];
    this.do('GetAvailableProviders', at, length);
    const names = this.pointers(at[0], length[0]).map((name) => this.text(name));
    this.do('ReleaseAvailableProviders', at[0], length[0]);
    return names;
  }
}

function entryOf(name: OrtFunctionName): OrtFunctionEntry {
  return ortFunctions[name];
}

// Of this thread; one that was refused is tried anew.
const loaded = new Map<string, OrtLibrary>();

/** Path of the library. @param named by an option. @throws {UnsupportedError} ERR_UNSUPPORTED there is none. */
export function findOrtLibrary(named?: string): string {
  return findLibrary({
    what: 'ONNX Runtime',
    named,
    variable: libraryVariable,
    places: [...packagePlaces(), ...systemPlaces],
    remedy: 'Install it: npm install onnxruntime-node',
  });
}

/** Where a distribution, a vendor or a hand puts it. */
const systemPlaces = [
  '/usr/local/lib/libonnxruntime.so*',
  '/usr/lib/*/libonnxruntime.so*',
  '/usr/lib/libonnxruntime.so*',
  '/opt/onnxruntime*/lib/libonnxruntime.so*',
  '/opt/homebrew/lib/libonnxruntime.*dylib',
];

// Beside the entry of the package, whose installation this package does not ask for.
function packagePlaces(): string[] {
  try {
    const root = dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'));
    const file = { darwin: 'libonnxruntime.*.dylib', win32: 'onnxruntime.dll' }[process.platform as string];
    return [join(root, 'bin/napi-v*', process.platform, process.arch, file ?? 'libonnxruntime.so*')];
  } catch {
    return [];
  }
}

/**
 * Loads a library, negotiates the version of its interface and opens its environment.
 * @throws {UnsupportedError} ERR_UNSUPPORTED koffi or the library is not here, does not load, or is older than 1.16.
 */
export async function loadOrtLibrary(named?: string, options: LoadOrtOptions = {}): Promise<OrtLibrary> {
  const path = findOrtLibrary(named);
  const known = options.wrap ? undefined : loaded.get(path);
  if (known) return known;
  const ffi = await loadFfi('onnx-native', options.importKoffi);
  const { getApi, version } = open(ffi, path);
  const minor = Number(/^1\.(\d+)/.exec(version)?.[1] ?? Number.NaN);
  if (!(minor >= oldestApi)) throw refused(path, `version ${version}`);
  const api = Math.min(minor, newestApi);
  const table = getApi(api) as Pointer | null;
  if (!table) throw refused(path, `version ${version} without interface ${api}`);
  const functions = bind(ffi, table, version, api);
  const library = new OrtLibrary(ffi, path, version, api, options.wrap?.(functions) ?? functions);
  if (!options.wrap) loaded.set(path, library);
  return library;
}

function open(ffi: Ffi, path: string): { getApi: FfiFunction; version: string } {
  try {
    const base = loadForGood(ffi, path).func('OrtGetApiBase', 'void *', [])() as Pointer;
    const [getApi, getVersion] = new BigUint64Array(ffi.view(base, 16));
    return {
      getApi: functionAt(ffi, getApi, 'void *', ['uint32_t']),
      version: functionAt(ffi, getVersion, 'const char *', [])() as string,
    };
  } catch (cause) {
    throw refused(path, (cause as Error).message, cause);
  }
}

function bind(ffi: Ffi, table: Pointer, version: string, api: number): OrtFunctions {
  const names = Object.keys(ortFunctions) as OrtFunctionName[];
  const bound = names.map((name) => {
    const { index, since = oldestApi, result, parameters } = entryOf(name);
    if (since > api) return [name, missing(name, version, since)] as const;
    const [address] = new BigUint64Array(ffi.view(table + BigInt(index * 8), 8));
    return [name, functionAt(ffi, address, result === 'status' ? 'void *' : result, parameters)] as const;
  });
  return Object.fromEntries(bound) as unknown as OrtFunctions;
}

// koffi keeps each prototype that it is told of for as long as the thread lives, under a name of its own.
const prototypes = new WeakMap<Ffi, Map<string, FfiType>>();
let declared = 0;

function functionAt(ffi: Ffi, address: Pointer, result: string, parameters: readonly string[]): FfiFunction {
  const known = prototypes.get(ffi) ?? new Map<string, FfiType>();
  prototypes.set(ffi, known);
  const key = `${result}(${parameters.join(', ')})`;
  const prototype = known.get(key) ?? ffi.proto(`OrtFunction${declared++}`, result, parameters);
  known.set(key, prototype);
  return ffi.decode(address, prototype) as FfiFunction;
}

function missing(name: string, version: string, since: number): FfiFunction {
  const refuse = () => {
    throw new UnsupportedError({
      subject: name,
      expected: `ONNX Runtime 1.${since} or later`,
      received: version,
      remedy: `Name a later library with ${libraryVariable}.`,
      details: { supported: [] },
    });
  };
  return Object.assign(refuse, { async: refuse }) as FfiFunction;
}

function refused(path: string, received: string, cause?: unknown): UnsupportedError {
  return new UnsupportedError({
    subject: path,
    expected: `a library of ONNX Runtime, 1.${oldestApi} or later, for this platform`,
    received,
    remedy: `Name another with ${libraryVariable}, or install one: npm install onnxruntime-node`,
    details: { supported: [] },
    cause,
  });
}
