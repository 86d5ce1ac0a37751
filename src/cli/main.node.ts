#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { addBenchCommand } from './bench-command.node.js';
import { addBuildKernelsCommand } from './build-kernels-command.node.js';
import type { CommandContext } from './command-context.node.js';
import { addCopyAssetsCommand } from './copy-assets-command.node.js';
import { addDoctorCommand } from './doctor-command.node.js';
import { errorText, exitCodeOf, exitCodes, fromCommander, isDebugging } from './failure.node.js';
import { addHostCommand } from './host-command.node.js';
import { abortOnSignals, Interruption } from './interruption.node.js';
import { addRunCommand } from './run-command.node.js';
import { errorOutput } from './run-output.js';
import { addStartCommand } from './start-command.node.js';
import { Stdout } from './stdout.node.js';
import { addStoreCommand } from './store-command.node.js';

const argv = process.argv.slice(2);
const json = argv.includes('--json');
const jsonl = argv.includes('--jsonl');

const controller = new AbortController();
const readerGone = 'nobody reads stdout';
const stdout = new Stdout(json || jsonl, (error) => (error ? void fail(error) : controller.abort(readerGone)));
// Nobody can be told that stderr cannot be written.
process.stderr.on('error', () => {});
abortOnSignals(controller);
process.on('uncaughtException', (error) => void fail(error));
process.on('unhandledRejection', (reason) => void fail(reason));

let exitCode: number = exitCodes.success;
let failing = false;
const context: CommandContext = {
  stdout,
  signal: controller.signal,
  debug: isDebugging(),
  finish(code) {
    exitCode = code;
  },
};

try {
  await createProgram(context).parseAsync(argv, { from: 'user' });
  // Whatever a library has left open, the command is over.
  process.exit(exitCode);
} catch (error) {
  await fail(error);
}

/** Says what went wrong, on stderr for people and on stdout for programs, and ends the process. */
async function fail(error: unknown): Promise<void> {
  // What fails while a failure is being told has nothing to add.
  if (failing) return;
  failing = true;
  if (error instanceof CommanderError) {
    // Help and version were asked for and have been printed.
    if (error.exitCode === 0) process.exit(exitCodes.success);
    // A bare command that has subcommands prints its help instead of a complaint.
    if (error.code === 'commander.help') process.exit(exitCodes.usage);
    error = fromCommander(error, commandNamed(argv));
  }
  if (controller.signal.reason === readerGone) process.exit(exitCodes.success);
  if (error instanceof Interruption) {
    if (json) await stdout.writeLine(JSON.stringify({ interrupted: true }));
    process.exit(error.exitCode);
  }
  process.stderr.write(`${errorText(error)}\n`);
  const output = { error: errorOutput(error) };
  if (json) await stdout.writeLine(JSON.stringify(output));
  else if (jsonl) await stdout.writeLine(JSON.stringify({ summary: output }));
  process.exit(exitCodeOf(error));
}

/** The command that a command line means, as far as it can be told: for the hint where to look. */
function commandNamed(words: readonly string[]): string {
  const options = words.findIndex((word) => word.startsWith('-'));
  const named = words.slice(0, options < 0 ? words.length : options).filter((word) => /^[a-z-]+$/.test(word));
  return ['reflexarc', ...named.slice(0, named[0] === 'bench' ? 2 : 1)].join(' ');
}

function createProgram(context: CommandContext): Command {
  const { version, description } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  const program = new Command('reflexarc')
    .description(description)
    .version(version)
    .option('--debug', 'show stacks and phases on stderr (also REFLEXARC_DEBUG=1)')
    .showHelpAfterError(false)
    .configureOutput({ outputError() {} })
    .exitOverride()
    .addHelpText(
      'after',
      `
Examples:
  $ reflexarc start                                   inspect the synthetic conveyor
  $ reflexarc run --source synthetic --frames 300     the same, with every option open
  $ reflexarc run --model DIR --source photos --json  your model, your pictures
  $ reflexarc doctor                                  what works on this machine`,
    );
  addStartCommand(program, context);
  addRunCommand(program, context);
  addBenchCommand(program, context);
  addHostCommand(program, context);
  addStoreCommand(program, context);
  addDoctorCommand(program, context);
  addCopyAssetsCommand(program, context);
  addBuildKernelsCommand(program, context);
  return program;
}
