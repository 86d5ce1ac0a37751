import * as v from 'valibot';
import type { PipelineDefinitionInput } from '../core/definition.js';
import { onnxNativeOptionsSchema, openVinoOptionsSchema } from '../core/runtime-options.js';
import { UsageError } from './usage-error.js';

/** Options of native runtimes as a definition has them. */
export type RuntimeOptionsInput = NonNullable<PipelineDefinitionInput['runtimeOptions']>;

const schemas: Readonly<Record<string, { entries: Readonly<Record<string, v.GenericSchema>> }>> = {
  'onnx-native': onnxNativeOptionsSchema,
  openvino: openVinoOptionsSchema,
};

/**
 * Reads `RUNTIME.OPTION=VALUE`, e.g. `onnx-native.providers=cuda,cpu`, `openvino.streams=2`, or `RUNTIME.OPTION.KEY=VALUE`
 * where an option has entries of its own, e.g. `onnx-native.pluginLibraries.openvino=/path`. A VALUE that begins with `[`
 * or `{` is JSON. Given again, entries gather and other options are replaced.
 * @param before what was read so far. @throws {UsageError} ERR_ARGUMENT naming the flag.
 */
export function runtimeOption(
  flag: string,
): (text: string, before: RuntimeOptionsInput | undefined) => RuntimeOptionsInput {
  return (text, before = {}) => {
    const [, runtime = '', option = '', key, value = ''] = /^([\w-]+)\.(\w+)(?:\.([^=]+))?=(.*)$/s.exec(text) ?? [];
    const schema = schemas[runtime]?.entries[option];
    if (!schema) throw refused(flag, `RUNTIME.OPTION=VALUE, with one of ${known().join(', ')}`, text);
    const set = before as Record<string, Record<string, unknown>>;
    const candidates = key === undefined ? readings(value) : [{ ...(set[runtime]?.[option] as object), [key]: value }];
    // Arrays pass for records.
    const entries = v.safeParse(schema, {}).success;
    const fits = (candidate: unknown) =>
      v.safeParse(schema, candidate).success && !(entries && Array.isArray(candidate));
    const read = candidates.find(fits);
    const form = entries ? `${runtime}.${option}.KEY=VALUE` : `a value of ${runtime}.${option}`;
    if (read === undefined) throw refused(flag, form, text);
    return { ...before, [runtime]: { ...set[runtime], [option]: read } };
  };
}

// What a text may stand for, the plainest first; the option's own schema takes the one that it knows.
function readings(text: string): unknown[] {
  if (/^\s*[[{]/.test(text)) {
    try {
      return [JSON.parse(text)];
    } catch {
      return [];
    }
  }
  const list = text.split(',').map((word) => word.trim());
  const number = text.trim() === '' ? Number.NaN : Number(text);
  return [
    text,
    ...(Number.isFinite(number) ? [number] : []),
    ...(/^(true|false)$/.test(text) ? [text === 'true'] : []),
    list,
  ];
}

function known(): string[] {
  return Object.entries(schemas).flatMap(([runtime, { entries }]) =>
    Object.keys(entries).map((key) => `${runtime}.${key}`),
  );
}

function refused(flag: string, expected: string, text: string): UsageError {
  return new UsageError({ subject: flag, expected, received: `"${text}"` });
}
