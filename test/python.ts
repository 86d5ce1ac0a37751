import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describeWith } from './assets.js';

const folder = fileURLToPath(new URL('../.cache/python', import.meta.url));

/** The interpreter with the packages of test/fixtures/python-requirements.txt. */
export const python = process.env.REFLEXARC_PYTHON ?? join(folder, 'bin/python');

const known = new Map<string, boolean>();

/** Whether a module can be imported there. */
export function havePython(module: string): boolean {
  let found = known.get(module);
  if (found === undefined) {
    const { status } = spawnSync(python, [
      '-c',
      `import importlib.util, sys; sys.exit(importlib.util.find_spec("${module}") is None)`,
    ]);
    found = status === 0;
    known.set(module, found);
  }
  return found;
}

/** A `describe` that needs modules of Python: skipped by name where one is absent, failing where it is required. */
export function describeWithPython(name: string, modules: readonly string[], body: () => void): void {
  const missing = modules.filter((module) => !havePython(module));
  const what = `Python with ${missing.join(', ')} (${python}; test/fixtures/python-requirements.txt)`;
  describeWith(name, missing.length === 0, what, body);
}

/** Folder of an installed module; its libraries lie in it. @param module a top-level one that is there. */
export function pythonModuleFolder(module: string): string {
  const code = `import importlib.util; print(importlib.util.find_spec("${module}").submodule_search_locations[0])`;
  return spawnSync(python, ['-c', code], { encoding: 'utf8' }).stdout.trim();
}
