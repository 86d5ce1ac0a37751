// Every exported declaration in src/ has a docblock. Prints one line per missing one.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('../src', import.meta.url));
const declaration =
  /^export (?:default )?(?:abstract )?(?:async )?(?:declare )?(?:function\*?|class|interface|const|let|type|enum) (\w+)/;
const missing = [];
let checked = 0;

for (const file of walk(source)) {
  const lines = readFileSync(file, 'utf8').split('\n');
  lines.forEach((line, i) => {
    const match = declaration.exec(line);
    if (!match) return;
    checked++;
    let above = i - 1;
    while (above >= 0 && /^@|^\/\/ biome-ignore/.test(lines[above])) above--;
    const documented = above >= 0 && lines[above].trimEnd().endsWith('*/');
    // A type named after the schema right above it shares its docblock.
    const inferred =
      /^export type \w+ = v\.Infer|^export type \w+ = (NonNullable|\(typeof|Extract|Manifest|ModelVariant)/.test(line);
    if (!documented && !inferred)
      missing.push(`${relative(join(source, '..'), file)}:${i + 1}: ${match[1]} has no docblock`);
  });
}

for (const line of missing) console.error(line);
if (missing.length > 0) process.exit(1);
console.error(`${checked} public symbols, each with a docblock.`);

function* walk(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* walk(path);
    else if (entry.name.endsWith('.ts') && !entry.name.endsWith('.d.ts')) yield path;
  }
}
