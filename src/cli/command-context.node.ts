import type { Stdout } from './stdout.node.js';

/** What every command is given. */
export interface CommandContext {
  /** The only way to stdout. */
  stdout: Stdout;
  /** Aborted by a signal, or when the reader of stdout has gone. */
  signal: AbortSignal;
  /** True with `--debug`: more is told on stderr. */
  debug: boolean;
  /** Called once by a command that has come to its end. */
  finish(exitCode: number): void;
}
