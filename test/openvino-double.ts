import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { copyFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { openVinoFunctions, openVinoTypes, optionalOpenVinoFunctions } from '../src/infer/openvino/openvino-api.js';

const run = promisify(execFile);
const source = fileURLToPath(new URL('./fixtures/openvino-double/double.c', import.meta.url));

/** Whether there is a compiler for it. */
export const haveCompiler = process.env.PATH?.split(':').some((folder) => existsSync(join(folder, 'gcc'))) ?? false;

// Taken away with the process, or with the test file; a loaded library needs its file no more.
const folders: string[] = [];
const takeAway = () => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
};
process.once('exit', takeAway);
if (process.env.VITEST) (await import('vitest')).afterAll(takeAway);

function ownFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'reflexarc-double-'));
  folders.push(folder);
  return folder;
}

let built: Promise<string> | undefined;

/**
 * Compiles a library that stands in for OpenVINO's, whose faults its source lists; the first call does the work.
 * @param faults words for it, which go into a file beside it; REFLEXARC_OPENVINO_DOUBLE in the environment has priority.
 * @returns the library's path, in a temporary folder of its own, for `runtimeOptions.openvino.library`.
 */
export async function buildOpenVinoDouble(faults = ''): Promise<string> {
  built ??= compile();
  const folder = ownFolder();
  const library = join(folder, 'libopenvino_c.so.0');
  await copyFile(await built, library);
  await writeFile(`${library}.faults`, faults);
  return library;
}

/** A text that the library takes for a model, e.g. of `in x f32 1,3,8,8 out y f32 1,10`. */
export function doubleModel(ports: string): Uint8Array {
  return new TextEncoder().encode(`<net name="double" version="11"> ${ports} </net>`);
}

async function compile(): Promise<string> {
  const folder = ownFolder();
  await writeFile(join(folder, 'openvino.h'), doubleHeader());
  await writeFile(join(folder, 'weak.c'), weakBodies());
  const library = join(folder, 'double.so');
  const flags = [
    '-std=gnu11',
    '-O1',
    '-Wall',
    '-Wextra',
    '-Wno-unused-parameter',
    '-Werror',
    '-fPIC',
    '-shared',
    '-pthread',
    `-I${folder}`,
  ];
  await run('gcc', [...flags, '-o', library, source, join(folder, 'weak.c'), '-ldl']);
  return library;
}

const prototypes = [...openVinoFunctions, ...optionalOpenVinoFunctions];

/** The description as C: types and prototypes. */
export function doubleHeader(): string {
  const { objects, enums, structs } = openVinoTypes;
  return [
    '#include <stddef.h>',
    '#include <stdint.h>',
    ...Object.keys(objects).map((name) => `typedef struct ${name} ${name};`),
    ...Object.entries(enums).map(([name, type]) => `typedef ${type} ${name};`),
    ...Object.entries(structs).map(([name, fields]) => {
      const members = Object.entries(fields).map(([field, type]) => `${type} ${field};`);
      return `typedef struct { ${members.join(' ')} } ${name};`;
    }),
    ...prototypes.map((prototype) => `${plainC(prototype)};`),
  ].join('\n');
}

// A body for every function, which makes or frees an object; double.c has stronger ones.
function weakBodies(): string {
  const bodies = prototypes.map((prototype) => `__attribute__((weak)) ${plainC(prototype)} { ${weakBody(prototype)} }`);
  return ['#include <stdlib.h>', '#include "openvino.h"', ...bodies].join('\n');
}

/** A prototype without the marks of the FFI. */
export function plainC(prototype: string): string {
  return prototype.replaceAll('_Out_ ', '');
}

function weakBody(prototype: string): string {
  if (prototype.startsWith('const char')) return 'return NULL;';
  const freed = /^void \w+_free\(\w+ \*(\w+)\)/.exec(prototype);
  if (freed) return `free(${freed[1]});`;
  if (prototype.startsWith('void')) return '';
  const made = [...prototype.matchAll(/_Out_ \w+ \*\*(\w+)/g)].map(([, name]) => `*${name} = calloc(1, 4096);`);
  return `${made.join(' ')} return 0;`;
}

/** Compiles a C program, runs it and gives what it prints. @throws with the compiler's words. */
export async function runC(text: string, flags: readonly string[] = []): Promise<string> {
  const folder = ownFolder();
  await writeFile(join(folder, 'program.c'), text);
  await run('gcc', [
    '-std=gnu11',
    '-Wall',
    '-Werror',
    ...flags,
    '-o',
    join(folder, 'program'),
    join(folder, 'program.c'),
  ]);
  return (await run(join(folder, 'program'))).stdout;
}
