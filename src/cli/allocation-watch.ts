/** Who asked for a new buffer: this package, the runtime's library, or somebody else. */
export type BufferMaker = 'own' | 'runtime' | 'other';

const constructorNames = [
  'ArrayBuffer',
  'SharedArrayBuffer',
  'Int8Array',
  'Uint8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'Float32Array',
  'Float64Array',
  'BigInt64Array',
  'BigUint64Array',
] as const;

type AnyConstructor = new (...args: unknown[]) => object;

/**
 * Counts the buffers that JavaScript on this thread makes while it is open: calls of the constructors that allocate, and
 * `slice` of buffers and typed arrays, by who called. Views on an existing buffer do not count. For benches only: it
 * replaces the constructors of the global object, after all modules have been loaded.
 */
export class AllocationWatch implements Disposable {
  readonly counts: Record<BufferMaker, number> = { own: 0, runtime: 0, other: 0 };
  readonly bytes: Record<BufferMaker, number> = { own: 0, runtime: 0, other: 0 };
  /** Where buffers of this package were made: the first such stack. */
  firstOwn: string | undefined;
  readonly #restore: (() => void)[] = [];

  /** @param ownRoot the part of a stack's path that only this package has. */
  constructor(ownRoot: string) {
    const scope = globalThis as unknown as Record<string, AnyConstructor>;
    for (const name of constructorNames) {
      const original = scope[name];
      scope[name] = new Proxy(original, {
        construct: (target, args, newTarget) => {
          const made = Reflect.construct(target, args, newTarget === scope[name] ? target : newTarget);
          if (!isBuffer(args[0])) this.#note(made, ownRoot);
          return made;
        },
      });
      this.#restore.push(() => {
        scope[name] = original;
      });
    }
    const typedArray = Object.getPrototypeOf(Uint8Array.prototype);
    for (const prototype of [ArrayBuffer.prototype, SharedArrayBuffer.prototype, typedArray]) {
      const original = prototype.slice;
      const note = (made: object) => this.#note(made, ownRoot);
      prototype.slice = function (this: object, ...args: unknown[]) {
        const made = original.apply(this, args);
        note(made);
        return made;
      };
      this.#restore.push(() => {
        prototype.slice = original;
      });
    }
  }

  /** Counts from zero. */
  reset(): void {
    for (const maker of ['own', 'runtime', 'other'] as const) this.counts[maker] = this.bytes[maker] = 0;
    this.firstOwn = undefined;
  }

  [Symbol.dispose](): void {
    for (const restore of this.#restore) restore();
  }

  #note(made: object, ownRoot: string): void {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 20;
    const stack = new Error().stack ?? '';
    Error.stackTraceLimit = limit;
    const callers = stack.split('\n').filter((line) => line.includes('/') && !/allocation-watch\.[jt]s/.test(line));
    // The nearest caller that is anybody's code decides: a library that we call makes its own buffers.
    const nearest = callers.find((line) => line.includes('onnxruntime') || line.includes(ownRoot)) ?? '';
    const maker = nearest.includes('onnxruntime') ? 'runtime' : nearest.includes(ownRoot) ? 'own' : 'other';
    this.counts[maker]++;
    this.bytes[maker] += (made as { byteLength?: number }).byteLength ?? 0;
    if (maker === 'own') this.firstOwn ??= callers.slice(0, 6).join('\n');
  }
}

function isBuffer(value: unknown): boolean {
  return Object.prototype.toString.call(value).endsWith('ArrayBuffer]');
}
