// Builds wasm/kernels.wasm from simd/ with Emscripten, and writes the TypeScript types of its exports.
//
//   node wasm/build.mjs [--out FOLDER]
//
// The artifact is committed. The same bytes come out wherever the compiler is Emscripten 3.1.6 (Debian's is).
// One module holds both spellings: the scalar one is there to be compared and timed, not for engines without SIMD,
// which would refuse the module (they have the TypeScript tier).
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readKernelsDef } from '../simd/kernels-def.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const version = '3.1.6';

/** C functions to TypeScript: pointers are addresses, every other argument is a number, and so is a result. */
function typeScript({ entries, fields, statuses, version }) {
  const camel = (name) => name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());
  const isPointer = ({ type }) => type.includes('*');
  const lines = entries.map(({ name, result, arguments: list }) => {
    const given = list.map((each) => `${camel(each.name)}: ${isPointer(each) ? 'KernelAddress' : 'number'}`).join(', ');
    return `  readonly ${name}: (${given}) => ${result === 'void' ? 'void' : 'number'};`;
  });
  const types = entries.map(({ name, result, arguments: list }) => {
    const given = list.map((each) => `'${isPointer(each) ? 'uintptr_t' : each.type}'`);
    return `  ${name}: { result: '${result}', arguments: [${given.join(', ')}] },`;
  });
  return `// Written by wasm/build.mjs from simd/kernels.def; do not edit.
// biome-ignore-all format: generated

/** A pointer: in wasm a number, in a native library a bigint, which has a place of its own only once. */
export type KernelAddress = number | bigint;

/** The entries of the kernels; lengths are as in simd/kernels.def. */
export interface KernelEntries {
${lines.join('\n')}
}

/** What wasm/kernels.wasm exports. Pointers are addresses in \`memory\`. */
export interface KernelExports extends KernelEntries {
  readonly memory: WebAssembly.Memory;
  readonly __heap_base: WebAssembly.Global;
  readonly _initialize?: () => void;
}

/** C types of the entries, pointers as the integer that they are. */
export const kernelEntryTypes = {
${types.join('\n')}
} as const;

/** Changes with the code of simd/: what a native library is asked for, so that one of other sources is refused. */
export const kernelVersion = ${version};

/** Fields of the C struct \`picture_plan\` in order: pointers, then numbers of four bytes each. */
export const picturePlanFields = [
${fields.map(({ name }) => `  '${camel(name)}',`).join('\n')}
] as const;

/** A field of the C struct \`picture_plan\`. */
export type PicturePlanField = (typeof picturePlanFields)[number];

/** How many of {@link picturePlanFields}, from the first, are addresses. */
export const picturePlanPointers = ${fields.filter(({ kind }) => kind === 'POINTER').length};

/** Names of what the entries return. */
export const kernelStatuses = [${statuses.map(({ name }) => `'${name}'`).join(', ')}] as const;
`;
}

function build(out) {
  const found = /emcc \(.*?\) (\S+)/.exec(execFileSync('emcc', ['--version'], { encoding: 'utf8' }))?.[1];
  if (found !== version) throw new Error(`Expected Emscripten ${version}, got ${found}: the bytes would differ.`);
  const definition = readKernelsDef();
  const work = mkdtempSync(join(tmpdir(), 'reflexarc-wasm-'));
  try {
    const common = ['-std=c11', '-O3', '-DNDEBUG', '-ffp-contract=off', '-mbulk-memory', '-Wall', '-Wextra', '-Werror'];
    // Without -msimd128, and with both vectorizers off, or clang turns the plain loops into vector code
    // and "scalar" means nothing.
    const scalar = ['-DVEC=0', '-fno-vectorize', '-fno-slp-vectorize'];
    const simd = ['-DVEC=1', '-msimd128', '-fno-vectorize', '-fno-slp-vectorize'];
    const objects = [];
    // All files of a spelling in one call: the compiler takes longer to start than to compile one.
    const compile = (files, flags, spelling) => {
      const folder = join(work, spelling);
      mkdirSync(folder);
      const sources = files.map((file) => join(root, 'simd', file));
      execFileSync('emcc', [...common, ...flags, '-c', ...sources], { cwd: folder, stdio: 'inherit' });
      objects.push(...files.map((file) => join(folder, `${basename(file, '.c')}.o`)));
    };
    const files = (kernels) => kernels.map(({ name }) => `kernels/${name}.c`);
    compile(['dispatch.c', 'preprocess.c', 'before.c', 'planar.c', 'shrink.c', 'nms.c'], scalar, 'entries');
    compile(files(definition.kernels), scalar, 'scalar');
    compile(files([...definition.kernels, ...definition.vectorKernels]), simd, 'simd');
    mkdirSync(out.wasm, { recursive: true });
    mkdirSync(out.types, { recursive: true });
    const exported = definition.entries.map(({ name }) => `_${name}`);
    execFileSync(
      'emcc',
      [
        ...['-O3', '-mbulk-memory', '-msimd128', '--no-entry', '-sSTANDALONE_WASM', '-sALLOW_MEMORY_GROWTH=1'],
        ...['-sMAXIMUM_MEMORY=1GB', '-sINITIAL_MEMORY=131072', '-sTOTAL_STACK=32768', '-Wl,--export=__heap_base'],
        `-sEXPORTED_FUNCTIONS=${exported.join(',')}`,
        ...objects,
        ...['-o', join(out.wasm, 'kernels.wasm')],
      ],
      { cwd: root, stdio: 'inherit' },
    );
    writeFileSync(join(out.types, 'kernel-exports.ts'), typeScript(definition));
  } finally {
    rmSync(work, { recursive: true });
  }
}

const at = process.argv.indexOf('--out');
const folder = at > 0 ? process.argv[at + 1] : undefined;
build(folder ? { wasm: folder, types: folder } : { wasm: join(root, 'wasm'), types: join(root, 'src/kernels') });
