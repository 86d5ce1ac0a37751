import { Presets, SingleBar } from 'cli-progress';

/** Shows on stderr how far long work has come. */
export interface Progress {
  /** Something that takes a moment has begun. */
  phase(name: string): void;
  /** `done` units are through. */
  update(done: number): void;
  /** Takes the bar away, so that what is printed next stands alone. */
  stop(): void;
}

/** How often a line is printed where there is no terminal. */
const lineIntervalMs = 5000;

/** @param total number of units, where known. @param unit their name, in the plural. */
export function createProgress(unit: string, total: number | undefined): Progress {
  return process.stderr.isTTY ? barProgress(unit, total) : lineProgress(unit, total);
}

function barProgress(unit: string, total: number | undefined): Progress {
  const format = total
    ? `{bar} {value}/{total} ${unit} · {duration_formatted}{phase}`
    : `{value} ${unit} · {duration_formatted}{phase}`;
  const bar = new SingleBar(
    // Signals are handled by the command, which still has results to print.
    { format, stream: process.stderr, hideCursor: true, clearOnComplete: true, gracefulExit: false, fps: 8 },
    Presets.shades_classic,
  );
  bar.start(total ?? 0, 0, { phase: '' });
  return {
    phase: (name) => bar.update({ phase: ` · ${name}` }),
    update: (done) => bar.update(done),
    stop: () => bar.stop(),
  };
}

function lineProgress(unit: string, total: number | undefined): Progress {
  let last = performance.now();
  return {
    phase() {},
    update(done) {
      const time = performance.now();
      if (time - last < lineIntervalMs) return;
      last = time;
      process.stderr.write(`reflexarc: ${done}${total ? ` of ${total}` : ''} ${unit}\n`);
    },
    stop() {},
  };
}

/** Shows how far `work` is, from its first word until it is over. */
export async function withProgress<T>(
  unit: string,
  work: (onProgress: (done: number, total: number) => void) => Promise<T>,
): Promise<T> {
  let progress: Progress | undefined;
  try {
    return await work((done, total) => {
      progress ??= createProgress(unit, total);
      progress.update(done);
    });
  } finally {
    progress?.stop();
  }
}
