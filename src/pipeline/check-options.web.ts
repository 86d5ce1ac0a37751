import { checkRules, functionRule, hasMethods, isObject, type OptionRule, requireFit } from './check-options.js';

const rules: Readonly<Record<string, OptionRule>> = {
  onStream: functionRule,
  workerFactory: functionRule,
  preview: {
    expected: 'a <canvas> without a context',
    fits: (value) => isObject(value) && hasMethods(value, ['getContext']),
  },
  assetBaseUrl: {
    expected: 'a URL, absolute or relative to the page',
    fits: (value) => typeof value === 'string' || tagOf(value) === 'URL',
  },
  wasmBinary: {
    expected: 'the bytes of kernels.wasm',
    remedy: 'Give the content of `reflexarc/kernels.wasm` as a Uint8Array, or leave wasmBinary out.',
    fits: isWebAssembly,
  },
  models: {
    expected: 'an object with a Blob or File for each path',
    fits: (value) => tagOf(value) === 'Object',
  },
};

const modelRule: OptionRule = {
  expected: 'a Blob or a File',
  remedy: 'Wrap bytes: new Blob([bytes]).',
  fits: (value) => ['Blob', 'File'].includes(tagOf(value)),
};

/**
 * Checks what a page alone takes beside a definition.
 * @throws {InvalidArgumentError} ERR_ARGUMENT naming the first option that is not what it must be.
 */
export function checkPageOptions(options: { models?: Readonly<Record<string, unknown>> }): void {
  checkRules(options, rules);
  for (const [path, model] of Object.entries(options.models ?? {})) {
    requireFit(`options.models[${JSON.stringify(path)}]`, model, modelRule);
  }
}

// Told by what it is called, because objects of another frame of the page are instances of other classes.
function tagOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}

function isWebAssembly(value: unknown): boolean {
  let bytes: Uint8Array;
  if (ArrayBuffer.isView(value)) bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  else if (tagOf(value) === 'ArrayBuffer') bytes = new Uint8Array(value as ArrayBuffer);
  else return false;
  return [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0].every((byte, at) => bytes[at] === byte);
}
