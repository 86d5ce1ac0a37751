// Counts what this thread of the browser holds open and what WebAssembly it has, whether or not our own counters know of
// it. Imported before everything else, it sees each frame, bitmap and memory as it comes into being; it keeps none alive.

/** What a thread holds. */
export interface Census {
  /** All WebAssembly memories that are reachable, in bytes. */
  wasmBytes: number;
  /** Frames and pictures of the browser that are not closed. */
  videoFrames: number;
  bitmaps: number;
}

declare global {
  /** Takes the census of this thread. Garbage counts until it is collected. */
  var takeCensus: () => Census;
}

class Register<T extends object> {
  readonly #known = new Set<WeakRef<T>>();

  add(object: T): T {
    this.#known.add(new WeakRef(object));
    return object;
  }

  sum(measure: (object: T) => number): number {
    let sum = 0;
    for (const each of this.#known) {
      const object = each.deref();
      const amount = object ? measure(object) : 0;
      sum += amount;
      // What is closed stays so.
      if (amount === 0) this.#known.delete(each);
    }
    return sum;
  }
}

const frames = new Register<VideoFrame>();
const bitmaps = new Register<ImageBitmap>();
const memories = new Register<WebAssembly.Memory>();

globalThis.takeCensus = () => ({
  wasmBytes: memories.sum((memory) => memory.buffer.byteLength),
  videoFrames: frames.sum(({ codedWidth }) => (codedWidth > 0 ? 1 : 0)),
  bitmaps: bitmaps.sum(({ width }) => (width > 0 ? 1 : 0)),
});

/** Takes up what comes to this thread from elsewhere: from a stream or in a message. */
function notice(value: unknown, depth = 0): void {
  if (typeof value !== 'object' || value === null || depth > 3) return;
  const name = Object.prototype.toString.call(value);
  if (name === '[object VideoFrame]') frames.add(value as VideoFrame);
  else if (name === '[object ImageBitmap]') bitmaps.add(value as ImageBitmap);
  else if (name === '[object Object]') for (const each of Object.values(value)) notice(each, depth + 1);
}

function watchConstructor<T extends object>(place: object, name: string, register: Register<T>): void {
  const original = Reflect.get(place, name);
  if (!original) return;
  const construct = (target: new () => T, args: unknown[], by: new () => T): T =>
    register.add(Reflect.construct(target, args, by));
  const watched = new Proxy(original, { construct });
  Reflect.set(place, name, watched);
}

/** Calls `see` with what a method gives, or what its promise resolves to. */
function watchMethod(place: object | undefined, name: string, see: (value: never) => void): void {
  const original = place && (Reflect.get(place, name) as ((...args: unknown[]) => unknown) | undefined);
  if (!original) return;
  Reflect.set(place, name, function (this: unknown, ...args: unknown[]) {
    const value = original.apply(this, args);
    if (!(value instanceof Promise)) {
      see(value as never);
      return value;
    }
    return value.then((settled) => {
      see(settled as never);
      return settled;
    });
  });
}

function noticeExports({ exports }: WebAssembly.Instance): void {
  for (const each of Object.values(exports)) if (each instanceof WebAssembly.Memory) memories.add(each);
}

watchConstructor(globalThis, 'VideoFrame', frames);
watchMethod(globalThis.VideoFrame?.prototype, 'clone', notice);
watchMethod(ReadableStreamDefaultReader.prototype, 'read', notice);
watchMethod(globalThis, 'createImageBitmap', notice);
watchMethod(globalThis.OffscreenCanvas?.prototype, 'transferToImageBitmap', notice);
watchConstructor(WebAssembly, 'Memory', memories);
const noticeInstance = (made: WebAssembly.WebAssemblyInstantiatedSource | WebAssembly.Instance) =>
  noticeExports('instance' in made ? made.instance : made);
watchMethod(WebAssembly, 'instantiate', noticeInstance);
watchMethod(WebAssembly, 'instantiateStreaming', noticeInstance);
WebAssembly.Instance = new Proxy(WebAssembly.Instance, {
  construct(target, args, by) {
    const instance = Reflect.construct(target, args, by);
    noticeExports(instance);
    return instance;
  },
});

// Data is read once per message; listeners get the same objects.
const { get } = Object.getOwnPropertyDescriptor(MessageEvent.prototype, 'data') as { get(): unknown };
const seen = new WeakSet<object>();
Object.defineProperty(MessageEvent.prototype, 'data', {
  configurable: true,
  get() {
    const data = get.call(this);
    if (!seen.has(this)) {
      seen.add(this);
      notice(data);
    }
    return data;
  },
});
