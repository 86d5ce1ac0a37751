// Builds the check driver of simd/ for this machine and, with a cross compiler, for the other instruction set.
//
//   node native/build.mjs [NAME…]        all of them, or some of: sse neon sanitized
//
// Each goes to build/native/check-NAME and is left alone while newer than its sources. Prints one JSON object:
// { built: { NAME: path }, skipped: { NAME: reason } }. Exit 1 only if a compiler that is there fails.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readKernelsDef } from '../simd/kernels-def.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const out = join(root, 'build/native');
const arm = process.arch === 'arm64';
const vectors = arm ? [] : ['-msse4.1'];
// As in wasm: the scalar spelling must not be turned into vectors. -ffp-contract=off: no fused multiply-add, whose
// result has other bits.
const common = [
  '-std=gnu11',
  '-ffp-contract=off',
  '-fno-tree-vectorize',
  '-fno-tree-slp-vectorize',
  '-Wall',
  '-Wextra',
  '-Werror',
];
const targets = {
  sse: { compiler: 'gcc', flags: ['-O3'], simd: vectors, unless: arm && 'SSE needs an x86-64 machine' },
  neon: { compiler: arm ? 'gcc' : 'aarch64-linux-gnu-gcc', flags: ['-O3', ...(arm ? [] : ['-static'])], simd: [] },
  sanitized: {
    compiler: 'gcc',
    flags: ['-O1', '-g', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'],
    simd: vectors,
  },
};

function sources(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

function isFresh(target) {
  if (!existsSync(target)) return false;
  const built = statSync(target).mtimeMs;
  return [...sources(join(root, 'simd')), fileURLToPath(import.meta.url)].every(
    (file) => statSync(file).mtimeMs < built,
  );
}

function problemOf({ compiler, unless }) {
  if (unless) return unless;
  try {
    execFileSync(compiler, ['--version'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return `there is no ${compiler}; install ${compiler === 'gcc' ? 'gcc' : 'gcc-aarch64-linux-gnu'}`;
  }
}

function build(name, { compiler, flags, simd }) {
  const target = join(out, `check-${name}`);
  if (isFresh(target)) return target;
  mkdirSync(out, { recursive: true });
  // Built aside and moved, so that two builds at once never run half a file.
  const work = mkdtempSync(join(out, 'work-'));
  try {
    const objects = [];
    const compile = (file, more, suffix) => {
      const object = join(work, `${file.replaceAll('/', '-')}-${suffix}.o`);
      execFileSync(compiler, [...common, ...flags, ...more, '-c', join(root, 'simd', file), '-o', object], {
        stdio: 'inherit',
      });
      objects.push(object);
    };
    for (const file of ['dispatch.c', 'preprocess.c', 'before.c', 'planar.c', 'shrink.c', 'nms.c', 'check/check.c'])
      compile(file, ['-DVEC=0'], 'entry');
    const { kernels, vectorKernels } = readKernelsDef();
    for (const { name: kernel } of kernels) compile(`kernels/${kernel}.c`, ['-DVEC=0'], 'scalar');
    for (const { name: kernel } of [...kernels, ...vectorKernels]) {
      compile(`kernels/${kernel}.c`, ['-DVEC=1', ...simd], 'simd');
    }
    execFileSync(compiler, [...flags, ...objects, '-o', join(work, 'check')], { stdio: 'inherit' });
    renameSync(join(work, 'check'), target);
  } finally {
    rmSync(work, { recursive: true });
  }
  return target;
}

const asked = process.argv.slice(2);
const report = { built: {}, skipped: {} };
for (const name of asked.length ? asked : Object.keys(targets)) {
  if (!targets[name]) throw new Error(`Expected one of ${Object.keys(targets).join(', ')}, got ${name}.`);
  const problem = problemOf(targets[name]);
  if (problem) report.skipped[name] = problem;
  else report.built[name] = build(name, targets[name]);
}
console.log(JSON.stringify(report));
