import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { KernelError, UnsupportedError } from '../core/error.js';
import { libraryVariable } from '../kernels/native-library.node.js';
import type { CommandContext } from './command-context.node.js';
import { exitCodes } from './failure.node.js';
import { addOutputOptions } from './run-options.js';

const help = `
Needs gcc, and koffi to call what it makes: npm install koffi@3.3.4. The library goes into the
package's own folder, where it is found; ${libraryVariable} names another one.
Results are the same bits with and without it.

Exit codes: 0 the library is there, 1 it could not be built.`;

const program = fileURLToPath(new URL('../../native/build.mjs', import.meta.url));

/** Adds `reflexarc build-kernels`. */
export function addBuildKernelsCommand(parent: Command, context: CommandContext): void {
  const command = parent
    .command('build-kernels')
    .description('compile the kernels for this machine, as a library that Node loads instead of the wasm');
  addOutputOptions(command)
    .addHelpText('after', help)
    .action(async ({ json }: { json?: boolean }) => {
      const library = await buildKernels(context.signal);
      await context.stdout.writeLine(json ? JSON.stringify({ library }) : library);
      context.finish(exitCodes.success);
    });
}

/** What the build prints. */
interface BuildReport {
  built: Record<string, string>;
  skipped: Record<string, string>;
}

/**
 * Compiles the library of this machine's architecture, unless it is there and newer than its sources.
 * @returns its path. @throws {UnsupportedError} ERR_UNSUPPORTED no compiler, or an architecture without native kernels.
 * @throws {KernelError} ERR_KERNEL the compiler failed, or the folder cannot be written.
 */
async function buildKernels(signal: AbortSignal): Promise<string> {
  const { arch } = process;
  if (arch !== 'x64' && arch !== 'arm64')
    throw refusal('a processor of x64 or arm64', arch, 'The wasm kernels run here.');
  const name = `library-${arch}`;
  const { built, skipped } = JSON.parse(await run([program, name], signal)) as BuildReport;
  if (built[name]) return built[name];
  throw refusal('gcc', skipped[name], 'Install it, or go on with the wasm kernels.');
}

function run(args: string[], signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { signal }, (cause, stdout, stderr) => {
      if (!cause) return resolve(stdout);
      if (signal.aborted) return reject(signal.reason);
      const received = /^(?:\w*Error: |.*\berror: ).*$/m.exec(stderr)?.[0] ?? cause.message;
      const remedy = `Run \`node ${program}\` to see all of it.`;
      reject(new KernelError({ subject: 'native kernels', expected: 'sources that compile', received, remedy, cause }));
    });
  });
}

function refusal(expected: string, received: string, remedy: string): UnsupportedError {
  return new UnsupportedError({ subject: 'native kernels', expected, received, remedy, details: { supported: [] } });
}
