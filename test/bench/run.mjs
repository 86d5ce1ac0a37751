// Runs a TypeScript program of the tests: node test/bench/run.mjs <file> [arguments]. Its default export is called, with the
// arguments, and gives the exit code. `--help` prints what it exports as `usage`; what `parseArgs` refuses ends with code 2.

import { resolve } from 'node:path';
import { runnerImport } from 'vite';

const [file, ...args] = process.argv.slice(2);
const { module } = await runnerImport(resolve(file), { logLevel: 'error', oxc: { target: 'es2022' } });
const { usage } = module;
if (usage && (args.includes('--help') || args.includes('-h'))) {
  console.log(usage);
} else {
  try {
    process.exitCode = await module.default(args);
  } catch (error) {
    if (!error?.code?.startsWith('ERR_PARSE_ARGS')) throw error;
    console.error(usage ? `${error.message}\n\n${usage}` : error.message);
    process.exitCode = 2;
  }
}
