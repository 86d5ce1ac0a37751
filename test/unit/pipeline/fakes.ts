import type { FrameSource } from '../../../src/acquire/source.js';
import { now } from '../../../src/core/clock.js';
import { type PipelineDefinitionInput, pipelineDefinitionSchema } from '../../../src/core/definition.js';
import { FramePool } from '../../../src/core/frame-pool.js';
import { parse } from '../../../src/core/parse.js';
import type { FrameFault, Item } from '../../../src/core/result.js';
import { Arc } from '../../../src/pipeline/arc.js';
import type { Engine, EngineInfo, FrameInput, Processed } from '../../../src/pipeline/engine.js';
import { LocalIntake } from '../../../src/pipeline/local-intake.js';
import type { PipelineOptions } from '../../../src/pipeline/pipeline.js';
import { Responder } from '../../../src/pipeline/responder.js';

/** Waits some ms. */
export const delay = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** A source of 8 × 8 frames whose first byte is the frame's number; `onRead` can fail, wait or give a fault. */
export class CountingSource implements FrameSource {
  readonly info = { type: 'module', width: 8, height: 8, endless: false };
  next = 0;
  skipped = 0;
  closed = 0;

  constructor(
    readonly count: number,
    readonly onRead: (frame: number, signal: AbortSignal) => Promise<FrameFault | undefined> = async () => undefined,
  ) {}

  async read(allocator: FramePool, signal: AbortSignal) {
    if (this.next >= this.count) return undefined;
    const id = this.next++;
    const fault = await this.onRead(id, signal);
    if (fault) return fault;
    const frame = allocator.allocate({
      id,
      format: 'GRAY8',
      codedWidth: 8,
      codedHeight: 8,
      timestamp: Math.round((id * 1e6) / 30),
      source: `${id}.png`,
    });
    frame.data.fill(id & 255);
    return frame;
  }

  async skip(count: number) {
    const skipped = Math.min(count, this.count - this.next);
    this.next += skipped;
    this.skipped += skipped;
    return skipped;
  }

  close() {
    this.closed++;
  }
}

/** An engine that finds one object, labelled with the frame's first byte, after `work`. Serves one call at a time. */
export class FakeEngine implements Engine {
  readonly hopCopies = [];
  readonly info = {
    model: { task: 'detection' },
    runtime: {},
    runtimeAllocations: {},
    runtimeCopies: ['input → fake'],
    kernels: { tier: 'reference', file: null, nativeProblem: null },
    kernelMemoryBytes: 65536,
  } as unknown as EngineInfo;
  readonly processed: number[] = [];
  concurrent = 0;
  most = 0;
  closed = 0;
  #busy: Promise<unknown> = Promise.resolve();

  constructor(
    readonly work: (frame: FrameInput) => Promise<void> = async () => {},
    readonly deadlineMs?: number,
  ) {}

  process(_slot: number, frame: FrameInput): Promise<Processed> {
    this.concurrent++;
    this.most = Math.max(this.most, this.concurrent);
    const turn = this.#busy.then(async (): Promise<Processed> => {
      const startTime = now();
      const times = { startTime, preprocessMs: 1, inferMs: 2, postprocessMs: 3, kernelMemoryBytes: 65536 };
      if (startTime - (frame.captureTime ?? startTime) > (this.deadlineMs ?? Number.POSITIVE_INFINITY)) {
        return { stale: true, items: [], ...times };
      }
      await this.work(frame);
      this.processed.push(frame.id);
      const items: Item[] = [
        { classId: 0, label: `seen ${frame.data[0]}`, score: 1, box: { x: frame.id, y: 0, width: 4, height: 4 } },
      ];
      return { stale: false, items, ...times };
    });
    this.#busy = turn.catch(() => {});
    turn.finally(() => this.concurrent--).catch(() => {});
    return turn;
  }

  async close() {
    this.closed++;
  }
}

/** An arc of fake parts. */
export function makeArc(
  source: FrameSource,
  engine: Engine,
  definition: Partial<PipelineDefinitionInput> = {},
  options: PipelineOptions = {},
) {
  const pool = new FramePool();
  const parsed = parse(
    pipelineDefinitionSchema,
    { source: { type: 'synthetic' }, model: { type: 'bundle', path: 'none' }, ...definition },
    'definition',
  );
  const responder = new Responder(
    undefined,
    [],
    (options.sinks ?? []).map((sink, index) => ({ name: `options.sinks[${index}]`, sink })),
    options.onEvent,
  );
  return {
    arc: new Arc({ definition: parsed, intake: new LocalIntake(source, engine, pool, parsed), responder, options }),
    pool,
  };
}
