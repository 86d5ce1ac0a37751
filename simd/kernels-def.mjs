// Reads simd/kernels.def for the build scripts.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('.', import.meta.url));

/**
 * The list of the kernels as data: `kernels`, `vectorKernels` and `entries` with their argument names and C types, `fields` of
 * struct picture_plan in order, `statuses` by value, and `version`: a number that changes with the code of simd/.
 */
export function readKernelsDef() {
  const text = readCode('kernels.def');
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
    version: sourceVersion(),
    statuses: [...text.matchAll(/^STATUS\((\w+), (\d+)\)\s*$/gm)].map(([, name, value]) => ({ name, value: +value })),
  };
}

function readCode(file) {
  return readFileSync(join(folder, file), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
}

// Of the list and every kernel, comments and spaces apart: 31 bits, so that it is a positive int32_t.
function sourceVersion() {
  const hash = createHash('sha256');
  for (const part of ['.', 'kernels']) {
    for (const file of readdirSync(join(folder, part)).sort()) {
      if (/\.(c|h|def)$/.test(file)) hash.update(`${file}\n${readCode(join(part, file)).replace(/\s+/g, ' ')}\n`);
    }
  }
  return hash.digest().readInt32BE() & 0x7fffffff;
}
