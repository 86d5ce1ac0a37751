// Lint of the house: imports point down design order, stages never meet, and only *.node.ts may touch Node, only
// *.web.ts the page. Prints one line per offence.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('../src', import.meta.url));
// A file may import from its own folder and from folders before it.
const order = [
  'core',
  'kernels',
  'acquire',
  'preprocess',
  'infer',
  'postprocess',
  'track',
  'respond',
  'bundle',
  'pipeline',
  'deploy',
  'bridge',
  'host',
  'optimize',
  'validate',
  'electron',
  'plugin',
  'cli',
];
const stages = new Set(['acquire', 'preprocess', 'infer', 'postprocess', 'track', 'respond']);
const nodeGlobals = /(?<![.\w])(process|Buffer|__dirname|__filename|global)\s*[.[]/;
const pageGlobals = /(?<![.\w'])(document|window|localStorage|sessionStorage|HTMLElement|customElements)\s*[.([]/;
const offences = [];

for (const file of walk(source)) {
  const name = relative(source, file).split(sep).join('/');
  const text = readFileSync(file, 'utf8');
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*$/gm, '');
  const from = name.includes('/') ? name.split('/')[0] : undefined;
  if (from && !order.includes(from)) offences.push(`${name}: folder ${from} has no place in the order of imports`);
  const node = name.endsWith('.node.ts');
  const web = name.endsWith('.web.ts');
  for (const [, specifier] of code.matchAll(/(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g)) {
    if (specifier.startsWith('node:') && !node) offences.push(`${name}: imports ${specifier}, but is no *.node.ts`);
    if (!specifier.startsWith('.')) continue;
    const target = relative(source, resolve(dirname(file), specifier))
      .split(sep)
      .join('/');
    if (target.startsWith('..')) offences.push(`${name}: imports ${specifier} from outside src/`);
    if (/\.node\.js$/.test(specifier) && !node) offences.push(`${name}: imports ${specifier}, but is no *.node.ts`);
    if (/\.web\.js$/.test(specifier) && !web) offences.push(`${name}: imports ${specifier}, but is no *.web.ts`);
    const to = target.includes('/') ? target.split('/')[0] : undefined;
    if (!from || from === to) continue;
    if (!to) offences.push(`${name}: imports the door ${target}`);
    else if (order.indexOf(to) > order.indexOf(from)) offences.push(`${name}: imports up, from ${to}/`);
    else if (stages.has(from) && stages.has(to)) offences.push(`${name}: stage ${from} imports stage ${to}`);
  }
  if (!node && nodeGlobals.test(code)) offences.push(`${name}: uses ${nodeGlobals.exec(code)[1]}, but is no *.node.ts`);
  if (!web && pageGlobals.test(code)) offences.push(`${name}: uses ${pageGlobals.exec(code)[1]}, but is no *.web.ts`);
}

for (const offence of offences) console.error(offence);
if (offences.length > 0) process.exit(1);

function* walk(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* walk(path);
    else if (entry.name.endsWith('.ts') && !entry.name.endsWith('.d.ts')) yield path;
  }
}
