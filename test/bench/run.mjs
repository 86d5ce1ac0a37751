// Runs a TypeScript program of the tests: node test/bench/run.mjs <file> [arguments]. Its default export is called.

import { resolve } from 'node:path';
import { runnerImport } from 'vite';

const [file, ...args] = process.argv.slice(2);
const { module } = await runnerImport(resolve(file), { logLevel: 'error', oxc: { target: 'es2022' } });
process.exitCode = await module.default(args);
