import type { CommanderError } from 'commander';
import { ReflexarcError } from '../core/error.js';
import { colorsFor } from './colors.node.js';
import { errorOutput } from './run-output.js';
import { UsageError } from './usage-error.js';

/** Exit codes: success, failure, wrong command line. A signal gives 128 + its number. */
export const exitCodes = { success: 0, failure: 1, usage: 2 } as const;

/** True where stacks are asked for: `--debug`, or `REFLEXARC_DEBUG=1` in the environment. */
export function isDebugging(): boolean {
  return process.argv.includes('--debug') || !['', '0', undefined].includes(process.env.REFLEXARC_DEBUG);
}

/** Which exit code an error deserves. */
export function exitCodeOf(error: unknown): number {
  return error instanceof UsageError ? exitCodes.usage : exitCodes.failure;
}

/** A complaint of the option parser as an error of ours. */
export function fromCommander(error: CommanderError, command: string): UsageError {
  const complaint = error.message.replace(/^error: /, '');
  return new UsageError({
    subject: `the command line of ${command}`,
    expected: 'commands and options that it knows',
    received: complaint,
    remedy: `See ${command} --help.`,
    cause: error,
  });
}

/** An error for people: what was expected, what came, what to do. The stack only when debugging. */
export function errorText(error: unknown): string {
  const pc = colorsFor(process.stderr);
  const { code, message, expected, received, remedy } = errorOutput(error);
  const known = error instanceof ReflexarcError;
  const lines = [`${pc.red('✖')} ${pc.bold(known ? error.subject : message)} ${pc.dim(code)}`];
  if (known) lines.push(`  expected  ${expected}`, `  received  ${received}`);
  lines.push(`  ${pc.cyan('→')} ${remedy}`);
  if (isDebugging() && error instanceof Error) lines.push(pc.dim(stackOf(error)));
  return lines.join('\n');
}

function stackOf(error: Error): string {
  const own = error.stack ?? error.message;
  return error.cause instanceof Error ? `${own}\nCaused by: ${stackOf(error.cause)}` : own;
}
