// Builds simd/ outside wasm: the shared library that Node loads, and the check driver, for this machine and, with a cross
// compiler, for the other instruction set.
//
//   node native/build.mjs [NAME…]        all of them, or some of: library-x64 library-arm64 sse neon sanitized
//
// A library goes to build/native/reflexarc-kernels-ARCHITECTURE.so, a driver to build/native/check-NAME; each is left
// alone while newer than its sources. A library holds both spellings; on x86-64 the vectors need SSE4.1 (every processor
// since 2008 has it) and nothing above, on arm64 NEON. Prints one JSON object:
// { built: { NAME: path }, skipped: { NAME: reason } }. Exit 1 only if a compiler that is there fails.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readKernelsDef } from '../simd/kernels-def.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const out = join(root, 'build/native');
const arm = process.arch === 'arm64';
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
const x64 = { tools: '', simd: ['-msse4.1'], unless: arm && 'SSE needs an x86-64 machine' };
const arm64 = { tools: arm ? '' : 'aarch64-linux-gnu-', simd: [] };
const own = arm ? arm64 : x64;
const targets = {
  'library-x64': { ...x64, make: library, file: 'reflexarc-kernels-x64.so' },
  'library-arm64': { ...arm64, make: library, file: 'reflexarc-kernels-arm64.so' },
  sse: { ...x64, make: driver, flags: ['-O3'] },
  neon: { ...arm64, make: driver, flags: ['-O3', ...(arm ? [] : ['-static'])] },
  sanitized: {
    ...own,
    make: driver,
    flags: ['-O1', '-g', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'],
  },
};
const entryFiles = ['dispatch.c', 'preprocess.c', 'before.c', 'planar.c', 'shrink.c', 'nms.c'];

function sources(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

function isFresh(target) {
  if (!existsSync(target)) return false;
  const built = statSync(target).mtimeMs;
  return [...sources(join(root, 'simd')), ...sources(join(root, 'native'))].every(
    (file) => statSync(file).mtimeMs < built,
  );
}

function problemOf({ tools, unless }) {
  if (unless) return unless;
  try {
    execFileSync(`${tools}gcc`, ['--version'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return `there is no ${tools}gcc; install ${tools ? 'gcc-aarch64-linux-gnu' : 'gcc'}`;
  }
}

function build(name, target) {
  const path = join(out, target.file ?? `check-${name}`);
  if (isFresh(path)) return path;
  mkdirSync(out, { recursive: true });
  // Built aside and moved, so that two builds at once never run half a file.
  const work = mkdtempSync(join(out, 'work-'));
  try {
    target.make(target, work);
    renameSync(join(work, 'made'), path);
  } finally {
    rmSync(work, { recursive: true });
  }
  return path;
}

/** Compiles a file of the repository with the flags of a target; gives the object's path. */
function compile({ tools, flags }, work, file, more, suffix) {
  const object = join(work, `${file.replaceAll('/', '-')}-${suffix}.o`);
  execFileSync(`${tools}gcc`, [...common, ...flags, ...more, '-c', join(root, file), '-o', object], {
    stdio: 'inherit',
  });
  return object;
}

function compileKernels(target, work) {
  const { kernels, vectorKernels } = readKernelsDef();
  const file = ({ name }) => `simd/kernels/${name}.c`;
  return [
    ...kernels.map((each) => compile(target, work, file(each), ['-DVEC=0'], 'scalar')),
    ...[...kernels, ...vectorKernels].map((each) =>
      compile(target, work, file(each), ['-DVEC=1', ...target.simd], 'simd'),
    ),
  ];
}

function driver(target, work) {
  const files = [...entryFiles, 'check/check.c'].map((file) => `simd/${file}`);
  const objects = files.map((file) => compile(target, work, file, ['-DVEC=0'], 'entry'));
  objects.push(...compileKernels(target, work));
  execFileSync(`${target.tools}gcc`, [...target.flags, ...objects, '-o', join(work, 'made')], { stdio: 'inherit' });
}

function library({ tools, simd }, work) {
  const visible = '-DEXPORTED=__attribute__((visibility("default")))';
  const target = { tools, simd, flags: ['-O3', '-fPIC', '-fvisibility=hidden', visible] };
  const { entries, version } = readKernelsDef();
  const objects = compileKernels(target, work);
  objects.push(compile(target, work, 'native/library.c', [`-DKERNEL_VERSION=${version}`], 'own'));
  const above = entryFiles.map((file) => compile(target, work, `simd/${file}`, ['-DVEC=0'], 'entry'));
  for (const [tier, suffix] of ['scalar', 'simd'].entries()) {
    const joined = join(work, `${suffix}.o`);
    const filling = compile(target, work, 'native/library.c', [`-DTIER=${tier}`], suffix);
    execFileSync(`${tools}gcc`, ['-r', '-nostdlib', ...above, filling, '-o', joined], { stdio: 'inherit' });
    // What these files say to each other stays inside, so that the two sets do not meet; which tier it is, is settled.
    const names = entries.filter(({ name }) => name !== 'select_tier').map(({ name }) => name);
    const renamed = names.flatMap((name) => ['--redefine-sym', `${name}=${name}_${suffix}`]);
    execFileSync(`${tools}objcopy`, ['--localize-hidden', '--localize-symbol', 'select_tier', ...renamed, joined], {
      stdio: 'inherit',
    });
    objects.push(joined);
  }
  const link = ['-shared', '-s', '-Wl,-z,defs', '-Wl,-z,now', '-Wl,--build-id=none', '-Wl,--exclude-libs,ALL'];
  execFileSync(`${tools}gcc`, [...link, ...objects, '-o', join(work, 'made')], { stdio: 'inherit' });
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
