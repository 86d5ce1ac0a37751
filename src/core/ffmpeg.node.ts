import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { UnsupportedError } from './error.js';

/** A tool of FFmpeg that is running. Nothing of it outlives `close`. */
export class FfmpegProcess {
  readonly child: ChildProcess;
  /** Settles when the process has ended and its pipes are closed. Never rejects. */
  readonly ended: Promise<{ code: number | null; spawnError: Error | undefined }>;
  #errors = '';

  constructor(tool: 'ffmpeg' | 'ffprobe', args: readonly string[], stdio: SpawnOptions['stdio']) {
    // A process group of its own: Ctrl-C is for this process, which then ends its children in order.
    this.child = spawn(tool, args, { stdio, detached: true, windowsHide: true });
    this.ended = new Promise((resolve) => {
      let spawnError: Error | undefined;
      this.child.once('error', (error) => {
        spawnError = error;
        if (this.child.pid === undefined) resolve({ code: null, spawnError });
      });
      this.child.once('close', (code) => resolve({ code, spawnError }));
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#errors = (this.#errors + text).slice(-8192);
    });
  }

  /** What it wrote to stderr: the last lines, without the addresses of its objects. */
  get errors(): string[] {
    return this.#errors
      .split('\n')
      .map((line) => line.replace(/ @ 0x[0-9a-f]+/g, '').trim())
      .filter((line) => line !== '');
  }

  /** Throws away what it still writes to its output pipes: it ends, and `ended` settles, only when they are empty. */
  drain(): void {
    for (const stream of this.child.stdio.slice(1)) {
      if (!stream || !('read' in stream) || stream === this.child.stderr) continue;
      const empty = () => {
        while (stream.read() !== null);
      };
      stream.on('readable', empty);
      empty();
    }
  }

  /** Ends the process at once. */
  async close(): Promise<void> {
    if (this.child.pid !== undefined && this.child.exitCode === null && this.child.signalCode === null) {
      this.child.kill('SIGKILL');
    }
    for (const stream of this.child.stdio) stream?.destroy();
    await this.ended;
  }
}

/** The error for a machine without FFmpeg. */
export function ffmpegMissing(tool: string, what: string, cause: unknown): UnsupportedError {
  return new UnsupportedError({
    subject: what,
    expected: `${tool} on the PATH`,
    received: 'no such program',
    remedy: 'Install FFmpeg (Debian, Ubuntu: apt install ffmpeg; macOS: brew install ffmpeg).',
    details: { supported: [], tool },
    cause,
  });
}

/**
 * Runs a tool of FFmpeg to its end and gives its standard output.
 * @throws {UnsupportedError} ERR_UNSUPPORTED when the tool is not installed.
 */
export async function runFfmpegTool(
  tool: 'ffmpeg' | 'ffprobe',
  args: readonly string[],
  what: string,
  signal?: AbortSignal,
): Promise<{ code: number | null; stdout: string; errors: string[] }> {
  signal?.throwIfAborted();
  const process = new FfmpegProcess(tool, args, ['ignore', 'pipe', 'pipe']);
  const abort = () => void process.close();
  signal?.addEventListener('abort', abort, { once: true });
  try {
    let stdout = '';
    process.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    const { code, spawnError } = await process.ended;
    signal?.throwIfAborted();
    if (spawnError) throw ffmpegMissing(tool, what, spawnError);
    return { code, stdout, errors: process.errors };
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}
