import { UnsupportedError } from '../../core/error.js';
import {
  type Ffi,
  type FfiFunction,
  type FfiLibrary,
  haveLargeStacks,
  loadFfi,
  loadForGood,
} from '../../core/ffi.node.js';
import { findLibrary } from '../libraries.node.js';
import { RunQueue } from '../run-queue.js';
import { type ElementTypes, readElementTypes } from './element-types.node.js';
import {
  functionName,
  type OpenVinoFunction,
  type OpenVinoObject,
  openVinoFunctions,
  openVinoStatuses,
  openVinoTypes,
  optionalOpenVinoFunctions,
} from './openvino-api.js';
import { RequestWatch } from './request-watch.node.js';

/** Names the library where none is given. */
export const libraryVariable = 'REFLEXARC_OPENVINO_LIBRARY';

const remedy =
  'Install OpenVINO 2024.0 or newer (pip install openvino in an active virtual environment, or the archive in /opt/intel).';

/** A call that OpenVINO refused, with its own words. */
export class OpenVinoFailure extends Error {
  override readonly name = 'OpenVinoFailure';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message || (openVinoStatuses[status] ?? `status ${status}`));
    this.status = status;
  }
}

/** An object of the library, owned by whoever made it. Closing twice does nothing. */
export interface OpenVinoHandle extends Disposable {
  /** Address, for calls. */
  readonly pointer: bigint;
  close(): void;
}

/** `libopenvino_c`, loaded into this process, where it stays. */
export class OpenVinoLibrary {
  readonly path: string;
  /** E.g. `2026.4.1`. */
  readonly version: string;
  /** The version with everything that was built into it. */
  readonly build: string;
  readonly ffi: Ffi;
  readonly elementTypes: ElementTypes;
  /** Devices, plugins and settings of this process; never freed, as the library is never unloaded. */
  readonly core: bigint;
  readonly #library: FfiLibrary;
  readonly #functions = new Map<string, FfiFunction>();
  // What fails is explained by the last message of the process: models are read and compiled one after the other, so that
  // none is refused in the words of another.
  readonly #loading = new RunQueue();
  /** Waits for what runs. */
  readonly requests = new RequestWatch(this);
  #live = 0;

  private constructor(path: string, ffi: Ffi) {
    this.path = path;
    this.ffi = ffi;
    this.#library = loadFile(path, ffi);
    declareTypes(ffi);
    for (const prototype of openVinoFunctions) {
      try {
        this.#declare(prototype);
      } catch (cause) {
        throw refused(path, `a library without the function ${functionName(prototype)}`, cause);
      }
    }
    for (const prototype of optionalOpenVinoFunctions) {
      try {
        this.#declare(prototype);
      } catch {
        // Whoever needs it asks `has`.
      }
    }
    this.build = this.#readBuild();
    const version = /^(\d+)\.(\d+)\.(\d+)/.exec(this.build);
    if (!version || Number(version[1]) < 2024) {
      throw refused(path, version ? `version ${version[0]}` : `a version that says nothing ("${this.build}")`);
    }
    this.version = version[0];
    const core: [bigint | null] = [null];
    this.call('ov_core_create', core);
    this.core = core[0] as bigint;
    this.elementTypes = readElementTypes(this);
  }

  /**
   * Finds and loads the library: the named one, that of the environment, that of an active Python environment, the usual
   * places. A loaded one is given again.
   * @throws {UnsupportedError} ERR_UNSUPPORTED there is none, it does not load, or it is older than 2024.0.
   */
  static async open(named?: string): Promise<OpenVinoLibrary> {
    const path = findLibrary({ what: 'OpenVINO', named, variable: libraryVariable, places: places(), remedy });
    const known = opened.get(path);
    if (known) return known;
    const ffi = await loadFfi('openvino');
    const library = opened.get(path) ?? new OpenVinoLibrary(path, ffi);
    opened.set(path, library);
    return library;
  }

  /** Objects made and not yet closed. */
  get live(): number {
    return this.#live;
  }

  /** Whether this version has a function. */
  has(name: OpenVinoFunction): boolean {
    return this.#functions.has(name);
  }

  /** Calls a function. @throws {OpenVinoFailure} it returned a status other than 0. */
  call(name: OpenVinoFunction, ...values: readonly unknown[]): void {
    const status = (this.#functions.get(name) as FfiFunction)(...values) as number | undefined;
    if (status) throw this.#failure(status);
  }

  /** Calls a function and gives its status, where one other than 0 may be no failure. */
  status(name: OpenVinoFunction, ...values: readonly unknown[]): number {
    return (this.#functions.get(name) as FfiFunction)(...values) as number;
  }

  /** Calls a function whose last argument gives an object. @throws {OpenVinoFailure} */
  create(type: OpenVinoObject, name: OpenVinoFunction, ...values: readonly unknown[]): OpenVinoHandle {
    const made: [bigint | null] = [null];
    this.call(name, ...values, made);
    return this.#own(type, made[0] as bigint);
  }

  /** The same on another thread. What `values` point to must live until it settles. */
  async createAsync(
    type: OpenVinoObject,
    name: OpenVinoFunction,
    ...values: readonly unknown[]
  ): Promise<OpenVinoHandle> {
    const made: [bigint | null] = [null];
    const callee = this.#functions.get(name) as FfiFunction;
    await this.#loading.take(() => this.#async(callee, [...values, made]));
    return this.#own(type, made[0] as bigint);
  }

  /** Compiles a model on another thread, but where the platform passes variable arguments in a way of their own. */
  async compile(
    model: OpenVinoHandle,
    device: string,
    properties: Readonly<Record<string, string>>,
  ): Promise<OpenVinoHandle> {
    const pairs = Object.entries(properties).flat();
    const made: [bigint | null] = [null];
    const fixed = [this.core, model.pointer, device, pairs.length, made];
    if (process.platform === 'darwin' && process.arch === 'arm64') {
      const typed = pairs.flatMap((text) => ['const char *', text]);
      this.call('ov_core_compile_model', ...fixed, ...typed);
    } else {
      await this.#loading.take(() => this.#async(this.#compileWith(pairs.length), [...fixed, ...pairs]));
    }
    return this.#own('ov_compiled_model_t', made[0] as bigint);
  }

  /** Calls a function whose last argument gives a text. @throws {OpenVinoFailure} */
  text(name: OpenVinoFunction, ...values: readonly unknown[]): string {
    const given: [bigint | null] = [null];
    this.call(name, ...values, given);
    return this.#takeText(given[0]);
  }

  /** Calls a function whose last argument gives a number. @throws {OpenVinoFailure} */
  number(name: OpenVinoFunction, ...values: readonly unknown[]): number {
    const given = [0];
    this.call(name, ...values, given);
    return Number(given[0]);
  }

  /** Names of the devices that can be used now, e.g. `CPU`, `GPU.0`. */
  devices(): string[] {
    const list = {} as { devices: bigint | null; size: number };
    this.call('ov_core_get_available_devices', this.core, list);
    const size = Number(list.size);
    const addresses = size === 0 ? [] : (this.ffi.decode(list.devices, 'void *', size) as bigint[]);
    const names = addresses.map((address) => this.ffi.decode(address, 'char', -1) as string);
    this.call('ov_available_devices_free', list);
    return names;
  }

  // By a prototype of fixed arity, which has an asynchronous form; integers and pointers are passed alike in both.
  #compileWith(count: number): FfiFunction {
    const key = `ov_core_compile_model/${count}`;
    let known = this.#functions.get(key);
    if (!known) {
      const prototype = openVinoFunctions.find((each) => each.includes('ov_core_compile_model('));
      const extra = Array.from({ length: count }, (_, i) => `, const char *text${i}`).join('');
      known = this.#library.func(ffiPrototype(prototype as string).replace(', ...', extra));
      this.#functions.set(key, known);
    }
    return known;
  }

  // Compilers need room: where koffi was set up by somebody else, only calls on this thread have some.
  async #async(callee: FfiFunction, values: readonly unknown[]): Promise<void> {
    if (!haveLargeStacks(this.ffi)) {
      const status = callee(...values) as number | undefined;
      if (status) throw this.#failure(status);
      return;
    }
    await new Promise<void>((resolve, reject) => {
      callee.async(...values, (error: unknown, status: number | undefined) => {
        if (error) reject(error);
        else if (status) reject(this.#failure(status));
        else resolve();
      });
    });
  }

  #own(type: OpenVinoObject, pointer: bigint): OpenVinoHandle {
    const free = this.#functions.get(openVinoTypes.objects[type]) as FfiFunction;
    let open = true;
    this.#live++;
    const close = () => {
      if (!open) return;
      open = false;
      this.#live--;
      free(pointer);
    };
    return { pointer, close, [Symbol.dispose]: close };
  }

  // The message belongs to the process, not to the thread: it is read at once.
  #failure(status: number): OpenVinoFailure {
    const text = (this.#functions.get('ov_get_last_err_msg') as FfiFunction)() as bigint | null;
    return new OpenVinoFailure(status, tidy(this.#takeText(text)));
  }

  #takeText(address: bigint | null): string {
    if (!address) return '';
    const text = this.ffi.decode(address, 'char', -1) as string;
    this.call('ov_free', address);
    return text;
  }

  #readBuild(): string {
    const version = {} as { buildNumber: bigint | null };
    this.call('ov_get_openvino_version', version);
    const build = version.buildNumber ? (this.ffi.decode(version.buildNumber, 'char', -1) as string) : '';
    this.call('ov_version_free', version);
    return build;
  }

  #declare(prototype: string): void {
    this.#functions.set(functionName(prototype), this.#library.func(ffiPrototype(prototype)));
  }
}

// Libraries stay in the process; one that was refused is tried anew.
const opened = new Map<string, OpenVinoLibrary>();

// Types are known to koffi by name, once per thread.
let declared = false;

function declareTypes(ffi: Ffi): void {
  if (declared) return;
  declared = true;
  for (const name of Object.keys(openVinoTypes.objects)) ffi.opaque(name);
  for (const [name, fields] of Object.entries(openVinoTypes.structs)) ffi.struct(name, ffiFields(fields));
}

/** Fields of a struct as koffi takes them: pointers as addresses. */
function ffiFields(fields: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).map(([name, type]) => [name, type.includes('*') ? 'void *' : type]));
}

// Texts that come out are addresses, because they are to be freed; bytes that go in are no texts.
function ffiPrototype(prototype: string): string {
  let text = prototype.replace(/^const char \*|const char \*(?=bytes|content)/g, 'void *');
  text = text.replace('_Out_ char **', '_Out_ void **');
  for (const [name, type] of Object.entries(openVinoTypes.enums)) text = text.replaceAll(name, type);
  return text;
}

function places(): string[] {
  const file = 'libopenvino_c.so*';
  const { VIRTUAL_ENV: environment } = process.env;
  const inPython = (folder: string) => `${folder}/python3*/site-packages/openvino/libs/${file}`;
  return [
    ...(environment ? [inPython(`${environment}/lib`)] : []),
    `/opt/intel/openvino*/runtime/lib/*/${file}`,
    `/usr/lib/*/${file}`,
    `/usr/local/lib/${file}`,
    `/usr/lib/${file}`,
  ];
}

function loadFile(path: string, ffi: Ffi): FfiLibrary {
  try {
    return loadForGood(ffi, path);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw refused(path, `a file that does not load (${message})`, cause);
  }
}

function refused(path: string, received: string, cause?: unknown): UnsupportedError {
  return new UnsupportedError({
    subject: path,
    expected: 'the C library of OpenVINO 2024.0 or newer',
    received,
    remedy: `${remedy} Or name it with ${libraryVariable}.`,
    details: { supported: [] },
    cause,
  });
}

// OpenVINO begins with the places in its own source that an error went through.
function tidy(message: string): string {
  const lines = message.split('\n').map((line) => line.trim());
  return lines.filter((line) => line && !/^(Exception from |Check '.*' failed at )\S+:\d+:?$/.test(line)).join(' ');
}
