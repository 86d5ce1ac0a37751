import type { PipelineDefinition } from '../core/definition.js';
import { InvalidArgumentError } from '../core/error.js';
import type { PipelineOptions } from './pipeline.js';

/** What an option must be: words for the error, and whether a value is that. */
export interface OptionRule {
  readonly expected: string;
  readonly remedy?: string;
  fits(value: unknown): boolean;
}

/** A function. */
export const functionRule: OptionRule = { expected: 'a function', fits: (value) => typeof value === 'function' };

const signalRule: OptionRule = {
  expected: 'an AbortSignal',
  remedy: 'Give the `signal` of an AbortController.',
  fits: (value) => isObject(value) && typeof value.aborted === 'boolean' && hasMethods(value, signalMethods),
};
const signalMethods = ['throwIfAborted', 'addEventListener', 'removeEventListener'];

const rules: Record<Exclude<keyof PipelineOptions, 'sinks'>, OptionRule> = {
  signal: signalRule,
  onProgress: functionRule,
  onFault: functionRule,
  onHealth: functionRule,
  onEvent: functionRule,
  source: {
    expected: 'a source: an object with info, read(), skip() and close()',
    fits: (value) => isObject(value) && isObject(value.info) && hasMethods(value, ['read', 'skip', 'close']),
  },
};

const sinkMethods = ['open', 'result', 'reject', 'fault', 'close'];
const sinkRule: OptionRule = {
  expected: `a sink: an object with methods out of ${sinkMethods.join(', ')}`,
  fits: (value) =>
    isObject(value) &&
    sinkMethods.some((name) => value[name] !== undefined) &&
    sinkMethods.every((name) => value[name] === undefined || typeof value[name] === 'function'),
};

/**
 * Checks what every platform takes beside a definition, before anything is opened.
 * @throws {InvalidArgumentError} ERR_ARGUMENT naming the first option that is not what it must be.
 */
export function checkOptions(options: unknown): asserts options is PipelineOptions {
  requireFit('options', options, { expected: 'an object', fits: (value) => isObject(value) && !Array.isArray(value) });
  checkRules(options as object, rules);
  const { sinks } = options as { sinks?: unknown };
  if (sinks === undefined) return;
  requireFit('options.sinks', sinks, { expected: 'an array of sinks', fits: Array.isArray });
  (sinks as unknown[]).forEach((sink, index) => {
    requireFit(`options.sinks[${index}]`, sink, sinkRule);
  });
}

/** Checks options by name; one that is `undefined` is not given. @throws {InvalidArgumentError} ERR_ARGUMENT */
export function checkRules(options: object, expected: Readonly<Record<string, OptionRule>>): void {
  for (const [name, rule] of Object.entries(expected)) {
    const value = (options as Record<string, unknown>)[name];
    if (value !== undefined) requireFit(`options.${name}`, value, rule);
  }
}

/** Checks one value. @throws {InvalidArgumentError} ERR_ARGUMENT */
export function requireFit(subject: string, value: unknown, { expected, remedy, fits }: OptionRule): void {
  if (!fits(value)) throw new InvalidArgumentError({ subject, expected, received: inWords(value), remedy });
}

/**
 * Refuses what cannot be sent to a worker, where the definition goes to one: functions in a module's options, mostly.
 * @throws {InvalidArgumentError} ERR_ARGUMENT naming source or sink.
 */
export function requirePlain({ execution, source, sinks }: PipelineDefinition): void {
  if (execution !== 'worker') return;
  const parts = [['source', source] as const, ...sinks.map((sink, index) => [`sinks[${index}]`, sink] as const)];
  for (const [name, part] of parts) {
    if (part.type !== 'module') continue;
    try {
      structuredClone(part.options);
    } catch (cause) {
      throw new InvalidArgumentError({
        subject: `pipeline definition: ${name}.options`,
        expected: 'plain data, which can be sent to a worker',
        received: cause instanceof Error ? cause.message.replace(/\.$/, '') : String(cause),
        remedy: "Make such things in the module itself, or add execution: 'inline' to the definition.",
        cause,
      });
    }
  }
}

/** True for what has properties: no `null`, no function. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** True where all of these are functions. */
export function hasMethods(value: Record<string, unknown>, names: readonly string[]): boolean {
  return names.every((name) => typeof value[name] === 'function');
}

/** A value as the `received` of an error. */
export function inWords(value: unknown): string {
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  if (typeof value === 'function') return 'a function';
  if (!isObject(value)) return String(value);
  const name = typeof value.constructor === 'function' ? value.constructor.name : '';
  return name && name !== 'Object' ? `an object (${name})` : 'a plain object';
}
