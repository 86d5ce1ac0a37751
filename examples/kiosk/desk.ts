import {
  classColor,
  type Percentiles,
  type Pipeline,
  type PipelineStats,
  type PlacedPipeline,
  type RuleEvent,
} from 'reflexarc';
import { byId, flag, make, setText } from './dom.js';
import type { HostState } from './host-link.js';
import type { Tally } from './tally.js';

const stageNames = {
  acquire: 'Acquire',
  queue: 'Queue',
  preprocess: 'Preprocess',
  infer: 'Infer',
  postprocess: 'Postprocess',
  respond: 'Respond',
} as const;
type StageName = keyof typeof stageNames;

/** How long the lamp stays on after a rejection; it does not flash more often than this. */
const lampMs = 900;
/** Fewer frames than this say nothing of the 99th percentile. */
const enoughForP99 = 100;

/** Why there may be one thread only, for those who ask. */
const isolationHint = crossOriginIsolated
  ? 'Memory can be shared: WebAssembly may use several threads.'
  : 'The server sends no Cross-Origin-Opener-Policy and Cross-Origin-Embedder-Policy headers, so WebAssembly has one thread.';

/** The readings below the picture: lamp, counters, labels, stages, and what runs. */
export class Desk {
  readonly #lamp = byId('lamp', HTMLElement);
  readonly #rows = new Map<string, { row: HTMLTableRowElement; swatch: HTMLElement; cells: HTMLElement[] }>();
  readonly #stages = new Map<StageName, { fill: HTMLElement; tick: HTMLElement; p50: HTMLElement; p99: HTMLElement }>();
  readonly #facts = new Map<string, HTMLElement>();
  #lampTimer = 0;
  #host: { state: HostState; hint: string } = { state: undefined, hint: '' };

  constructor() {
    const body = byId('stages', HTMLTableSectionElement);
    for (const [stage, name] of Object.entries(stageNames) as [StageName, string][]) {
      const fill = make('span', { class: 'fill' });
      const tick = make('span', { class: 'tick' });
      const p50 = make('td', {}, '–');
      const p99 = make('td', {}, '–');
      tick.hidden = true;
      const bar = make('td', { class: 'bar-cell' }, make('span', { class: 'track' }, fill, tick));
      body.append(make('tr', {}, make('th', { scope: 'row' }, name), bar, p50, p99));
      this.#stages.set(stage, { fill, tick, p50, p99 });
    }
  }

  /** Lights the lamp for a rejected part. */
  reject({ label, trackId }: RuleEvent): void {
    setText(byId('lamp-last', HTMLElement), `${label} #${trackId}`);
    clearTimeout(this.#lampTimer);
    this.#setLamp(true);
    this.#lampTimer = window.setTimeout(() => this.#setLamp(false), lampMs);
  }

  /** Shows counts. */
  tally(tally: Tally): void {
    setText(byId('found', HTMLElement), count(tally.found));
    setText(byId('passed', HTMLElement), count(tally.passed));
    const rejected = byId('rejected', HTMLElement);
    setText(rejected, count(tally.rejected));
    flag(rejected, 'data-alarm', tally.rejected > 0);
    const body = byId('labels', HTMLTableSectionElement);
    const { labels } = tally;
    byId('labels-empty', HTMLElement).hidden = labels.length > 0;
    for (const [label, { row }] of this.#rows) {
      if (labels.some((known) => known.label === label)) continue;
      row.remove();
      this.#rows.delete(label);
    }
    labels.forEach(({ label, classId, found, rejected }, i) => {
      let known = this.#rows.get(label);
      if (!known) {
        const swatch = make('span', { class: 'swatch' });
        const cells = [make('td'), make('td')];
        known = {
          row: make('tr', {}, make('th', { scope: 'row', title: label }, swatch, label), ...cells),
          swatch,
          cells,
        };
        this.#rows.set(label, known);
      }
      known.swatch.style.background = classColor(classId);
      setText(known.cells[0], count(found));
      setText(known.cells[1], count(rejected));
      flag(known.cells[1], 'data-alarm', rejected > 0);
      flag(known.cells[1], 'data-none', rejected === 0);
      if (body.children[i] !== known.row) body.insertBefore(known.row, body.children[i] ?? null);
    });
  }

  /** Shows times and rates. @param framesPerSecond of the last seconds. */
  stats(stats: PipelineStats, pipeline: Pipeline | PlacedPipeline, framesPerSecond: number): void {
    const { stages, frames, drops, late } = stats;
    const most = Math.max(...[...this.#stages.keys()].map((stage) => stages[stage].p99), 1);
    for (const [stage, { fill, tick, p50, p99 }] of this.#stages) {
      const times = stages[stage];
      fill.style.transform = `scaleX(${Math.min(1, times.p50 / most)})`;
      tick.style.left = `${Math.min(100, (100 * times.p99) / most)}%`;
      tick.hidden = times.n === 0;
      setText(p50, times.n === 0 ? '–' : milliseconds(times.p50));
      setText(p99, times.n === 0 ? '–' : milliseconds(times.p99));
    }
    const { total } = stages;
    const p99 = knownP99(total);
    setText(byId('p99', HTMLElement), p99 === undefined ? '–' : milliseconds(p99));
    const dropped = drops.queue + drops.stale;
    this.#fact('Frames', `${count(frames)} · ${framesPerSecond.toFixed(1)} fps`, false, openHint(stats));
    this.#fact('Dropped', share(dropped, frames + dropped), dropped > 0.1 * (frames + dropped));
    this.#fact('Late', share(late, frames), late > 0.01 * frames);
    const { runtime, kernels, allocations } = pipeline.info;
    const threads = `${runtime.threads} thread${runtime.threads === 1 ? '' : 's'}`;
    const place =
      runtime.device === 'cpu' ? `${runtime.simd} · ${threads}` : `${runtime.executionProvider} · ${runtime.device}`;
    this.#fact('Runtime', `${runtime.runtime} ${runtime.version}`);
    this.#fact('Runs on', place, Boolean(runtime.limitations?.length), runtime.limitations?.join(' '));
    // A frame comes and goes in memory that was taken once: a figure that grows is a leak.
    const { kernelMemoryBytes, frameBuffers } = allocations;
    const held = `Tensors and ${frameBuffers} frame buffers are made once and used again.`;
    this.#fact('Kernels', `${kernels.tier} · ${(kernelMemoryBytes / 2 ** 20).toFixed(1)} MiB`, false, held);
    const { goldenCheck } = pipeline.info.model;
    this.#fact('Self-test', goldenCheck === 'none' ? 'no sample' : goldenCheck);
    if ('place' in pipeline && pipeline.place === 'host') this.#hosted(pipeline);
    else this.#isolation();
  }

  /** Shows how the connection to a host is; without a state, nothing of it. @param hint says more. */
  host(state: HostState, hint: string): void {
    this.#host = { state, hint };
    if (state) this.#fact('Host', state, state !== 'connected', hint);
    else for (const name of ['Host', 'Child']) this.#withdraw(name);
  }

  #hosted({ children = [], transit }: PlacedPipeline): void {
    // Threads of the page do nothing here.
    this.#withdraw('Isolated');
    if (transit && transit.n > 0 && this.#host.state === 'connected') {
      const [p50, p99] = [milliseconds(transit.p50), milliseconds(transit.p99)];
      this.#fact(
        'Host',
        `connected · ${p50} ms`,
        false,
        `${this.#host.hint}: a result takes ${p50} ms to the page, p99 ${p99} ms`,
      );
    }
    const child = children.findLast(({ state }) => state !== 'stopped' && state !== 'failed') ?? children.at(-1);
    if (!child) return;
    const { id, pid, state, restarts } = child;
    // Of a host that is away nobody knows.
    const now = this.#host.state === 'connected' ? state : 'unknown';
    const text = `${id} · ${now}${restarts === 0 ? '' : ` · replaced ${restarts}×`}`;
    this.#fact('Child', text, now !== 'ready', pid === null ? text : `${text} · process ${pid}`);
  }

  /** Shows what can be said without a pipeline. */
  idle(deadlineMs: number): void {
    setText(byId('deadline', HTMLElement), `${deadlineMs}`);
    setText(byId('lamp-state', HTMLElement), 'Standby');
    this.#isolation();
  }

  /** Shows whether the page starts without a network. @param hint says why not. */
  offline(ready: boolean, hint: string): void {
    this.#fact('Offline', ready ? 'available' : 'not available', !ready, hint);
  }

  /** Begins the readings of a run. */
  begin(deadlineMs: number): void {
    setText(byId('deadline', HTMLElement), `${deadlineMs}`);
    setText(byId('lamp-last', HTMLElement), 'nothing rejected yet');
    setText(byId('p99', HTMLElement), '–');
    this.#setLamp(false);
  }

  /** The run is over; its figures stay, the lamp rests. @param stats of the closed pipeline: what it left open. */
  end(stats?: PipelineStats): void {
    const frames = this.#facts.get('Frames');
    if (stats && frames) this.#fact('Frames', frames.textContent, stats.openFrames > 0, openHint(stats));
    clearTimeout(this.#lampTimer);
    flag(this.#lamp, 'data-on', false);
    setText(byId('lamp-state', HTMLElement), 'Standby');
  }

  #setLamp(on: boolean): void {
    flag(this.#lamp, 'data-on', on);
    setText(byId('lamp-state', HTMLElement), on ? 'Rejected' : 'Clear');
  }

  #isolation(): void {
    this.#fact('Isolated', crossOriginIsolated ? 'yes' : 'no: one thread', !crossOriginIsolated, isolationHint);
  }

  #withdraw(name: string): void {
    const value = this.#facts.get(name);
    value?.previousElementSibling?.remove();
    value?.remove();
    this.#facts.delete(name);
  }

  #fact(name: string, text: string, warn = false, hint = text): void {
    let value = this.#facts.get(name);
    if (!value) {
      value = make('dd');
      this.#facts.set(name, value);
      byId('facts', HTMLElement).append(make('dt', {}, name), value);
    }
    setText(value, text);
    flag(value, 'data-warn', warn);
    if (value.title !== hint) value.title = hint;
  }
}

/** The 99th percentile, once there are frames enough to speak of one. */
export function knownP99({ n, p99 }: Percentiles): number | undefined {
  return n >= enoughForP99 ? p99 : undefined;
}

/** A duration with as many digits as say something. */
export function milliseconds(ms: number): string {
  return ms < 10 ? ms.toFixed(ms < 1 ? 2 : 1) : Math.round(ms).toString();
}

function openHint({ openFrames }: PipelineStats): string {
  return `${openFrames} of them open`;
}

// A narrow space between thousands.
function count(value: number): string {
  return value.toString().replace(/\B(?=(\d{3})+$)/g, '\u202f');
}

function share(part: number, whole: number): string {
  if (part === 0) return '0';
  return `${count(part)} (${((100 * part) / whole).toFixed(1)} %)`;
}
