// Reads simd/kernels.def for the build scripts.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const definition = fileURLToPath(new URL('kernels.def', import.meta.url));

/**
 * The list of the kernels as data: `kernels`, `vectorKernels` and `entries` with their argument names and C types, `fields` of
 * struct picture_plan in order, `statuses` by value.
 */
export function readKernelsDef() {
  const text = readFileSync(definition, 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
  const functions = (macro) =>
    [...text.matchAll(new RegExp(`^${macro}\\((\\w+), ([^,]+), \\((.*)\\)\\)\\s*$`, 'gm'))].map(
      ([, name, result, list]) => ({
        name,
        result: result.trim(),
        arguments: list.split(',').map((each) => {
          const [, type, argument] = /^(.*?)(\w+)$/.exec(each.trim());
          return { type: type.trim(), name: argument };
        }),
      }),
    );
  return {
    kernels: functions('KERNEL'),
    vectorKernels: functions('VECTOR_KERNEL'),
    entries: functions('ENTRY'),
    fields: [...text.matchAll(/^(POINTER|NUMBER)\((?:.*, )?(\w+)\)\s*$/gm)].map(([, kind, name]) => ({ kind, name })),
    statuses: [...text.matchAll(/^STATUS\((\w+), (\d+)\)\s*$/gm)].map(([, name, value]) => ({ name, value: +value })),
  };
}
