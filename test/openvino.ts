import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { type RuntimeOptions, runtimeOptionsSchema } from '../src/core/runtime-options.js';
import { havePython, pythonModuleFolder } from './python.js';

let found: string | undefined;

/** The C library inside the Python package openvino, which `describeWithPython(…, ['openvino'], …)` asks for. */
export function openVinoLibrary(): string {
  if (found === undefined && havePython('openvino')) {
    const folder = join(pythonModuleFolder('openvino'), 'libs');
    const name = readdirSync(folder).find((each) => each.startsWith('libopenvino_c.so'));
    found = name && join(folder, name);
  }
  return found ?? '';
}

/** Options with that library, and whatever else of `openvino` is given. */
export function openVinoOptions(own: v.InferInput<typeof runtimeOptionsSchema>['openvino'] = {}): RuntimeOptions {
  return v.parse(runtimeOptionsSchema, { openvino: { library: openVinoLibrary(), ...own } });
}
