import { setTimeout as pause } from 'node:timers/promises';
import { now } from '../core/clock.js';
import { InferenceError } from '../core/error.js';
import type { FrameFault, Result } from '../core/result.js';
import { createHostPipeline } from '../host/create-host-pipeline.node.js';
import type { HostPipeline } from '../host/host-pipeline.js';
import type { PipelineHealth } from '../pipeline/health.js';
import type { BridgeCaseOptions, BridgeResult } from './bench-bridge.node.js';
import { median } from './bench-statistics.js';
import { builtInModel } from './run-definition.node.js';

// Each loss takes a second or two.
const mostLosses = 20;
const hangMs = 1000;
const framesPerSecond = 30;
/** In how many ms, beside what its successor takes to load, there are results again after a child was killed. */
const recoveryLimit = 1000;
/** From how many results on a child is taken to be at work. */
const settled = 15;

/** What became of a child that was lost, in ms from the signal on. */
interface Loss {
  told: number;
  results: number;
  /** From the start of the new process until it was ready. */
  load: number;
}

/**
 * Kills the child of a host's pipeline by SIGKILL, again and again, and stops it by SIGSTOP: when the loss is told, when results come
 * again, and how much of that the new child took to load. Every frame of the run has a result, or is told as lost.
 * @throws {UnsupportedError} ERR_UNSUPPORTED no Linux, no koffi, no onnxruntime-node.
 * @throws {InferenceError} ERR_RUNTIME a frame was lost without a word.
 */
export async function benchRecovery({ samples, signal }: BridgeCaseOptions): Promise<Omit<BridgeResult, 'case'>> {
  const n = Math.min(samples, mostLosses);
  const killed: Loss[] = [];
  const stopped: Loss[] = [];
  for (let i = 0; i < n; i++) {
    killed.push(await loseOne('SIGKILL', i, signal));
    stopped.push(await loseOne('SIGSTOP', i, signal));
  }
  const most = (values: number[]) => Math.max(...values);
  const beyondLoad = killed.map(({ results, load }) => results - load);
  return {
    n,
    figures: [
      { name: 'killed: told', value: median(killed.map(({ told }) => told)), unit: 'ms' },
      { name: 'killed: results again', value: median(killed.map(({ results }) => results)), unit: 'ms' },
      { name: "of that, the new child's load", value: median(killed.map(({ load }) => load)), unit: 'ms' },
      { name: 'without it', value: median(beyondLoad), unit: 'ms' },
      { name: 'without it, longest', value: most(beyondLoad), unit: 'ms', limit: recoveryLimit },
      { name: 'stopped: told', value: median(stopped.map(({ told }) => told)), unit: 'ms' },
      { name: 'stopped: told, latest', value: most(stopped.map(({ told }) => told)), unit: 'ms', limit: hangMs },
    ],
  };
}

// One loss for each pipeline: after further ones of a row the host waits on purpose.
async function loseOne(how: 'SIGKILL' | 'SIGSTOP', turn: number, signal?: AbortSignal): Promise<Loss> {
  const watched = new Watched();
  await using pipeline = await createHostPipeline(
    {
      source: { type: 'synthetic', seed: 7, width: 640, height: 360, frameRate: framesPerSecond },
      model: { type: 'bundle', path: builtInModel },
      runtime: ['onnx-native'],
      recovery: { hangMs, restarts: 1 },
      queue: 'wait',
    },
    { ...watched.listeners, signal },
  );
  const reading = watched.read(pipeline);
  await watched.results(settled, signal);
  // Not always at the same moment of a frame.
  await pause((turn * 7) % Math.round(1000 / framesPerSecond), undefined, { signal });
  const { pid } = pipeline.children[0];
  const began = now();
  process.kill(pid as number, how);
  const told = (await watched.health('restarting', signal)) - began;
  const ready = await watched.health('restored', signal);
  const { startedAt } = pipeline.children[0];
  const load = ready - (now() - (Date.now() - (startedAt as number)));
  const results = (await watched.results(1, signal)) - began;
  await watched.results(settled, signal);
  watched.stop();
  await reading;
  watched.requireAll();
  return { told, results, load };
}

/** All that a run tells, and the moments at which it does. */
class Watched {
  count = 0;
  readonly #ids = new Map<number, string>();
  readonly #waiting = new Set<() => void>();
  readonly #news: { type: PipelineHealth['type']; at: number }[] = [];
  #last = 0;
  #stopped = false;
  #failure: unknown;

  readonly listeners = {
    onFault: ({ frame }: FrameFault) => void this.#ids.set(frame, 'told as lost'),
    onHealth: ({ type }: PipelineHealth) => {
      this.#news.push({ type, at: now() });
      this.#wake();
    },
  };

  async read(pipeline: HostPipeline): Promise<void> {
    try {
      for await (const { frame } of pipeline.run() as AsyncIterable<Result>) {
        this.#ids.set(frame, 'result');
        this.count++;
        this.#last = now();
        this.#wake();
        if (this.#stopped) return;
      }
    } catch (error) {
      this.#failure = error;
      this.#wake();
    }
  }

  stop(): void {
    this.#stopped = true;
  }

  /** Waits for so many more results. Gives the moment of the last one. */
  async results(more: number, signal?: AbortSignal): Promise<number> {
    const until = this.count + more;
    await this.#until(() => this.count >= until, signal);
    return this.#last;
  }

  /** Waits for news that has not been waited for yet. Gives its moment. */
  async health(type: PipelineHealth['type'], signal?: AbortSignal): Promise<number> {
    const find = () => this.#news.findIndex((news) => news.type === type);
    await this.#until(() => find() >= 0, signal);
    return this.#news.splice(0, find() + 1).at(-1)!.at;
  }

  /** @throws {InferenceError} ERR_RUNTIME where of a frame before the last nothing was heard. */
  requireAll(): void {
    const last = Math.max(...this.#ids.keys());
    const silent = Array.from({ length: last }, (_, id) => id).filter((id) => !this.#ids.has(id));
    if (silent.length === 0) return;
    throw new InferenceError({
      subject: 'frames of the run',
      expected: 'a result or a fault for each',
      received: `nothing for ${silent.length} of ${last + 1}: ${silent.slice(0, 10).join(', ')}`,
    });
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  async #until(holds: () => boolean, signal?: AbortSignal): Promise<void> {
    while (!holds()) {
      signal?.throwIfAborted();
      if (this.#failure !== undefined) throw this.#failure;
      await new Promise<void>((wake) => this.#waiting.add(wake));
    }
  }
}
