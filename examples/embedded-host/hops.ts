import type { Percentiles, Result } from 'reflexarc';
import { make, setText } from '../kiosk/dom.js';

/** What the total consists of, and the capture is what is left: how long it took until the frame was there. */
const stages = ['queue', 'preprocess', 'infer', 'postprocess', 'respond'] as const;

type Hop = 'capture' | (typeof stages)[number];

/** The way of a frame, hop by hop. */
const hops: readonly { name: string; hop?: Hop; hint: string }[] = [
  { name: 'Capture', hop: 'capture', hint: 'From the moment in which the frame was due until it was there.' },
  {
    name: 'Ring',
    hop: 'queue',
    hint: 'From there until the child took it up: slot, doorbell, wake-up, and frames ahead of it.',
  },
  { name: 'Preprocess', hop: 'preprocess', hint: 'In the child, out of the ring into the tensor.' },
  { name: 'Infer', hop: 'infer', hint: 'In the child, by the vendor’s runtime.' },
  { name: 'Postprocess', hop: 'postprocess', hint: 'In the child: boxes, in pixels of the frame.' },
  {
    name: 'Respond',
    hop: 'respond',
    hint: 'In the daemon: tracker, rules, and the copy of the picture for this page.',
  },
  { name: 'To the page', hint: 'From the daemon’s sending until the result was here, since the pipeline began.' },
];

/** Results that the figures are of: some seconds. */
const recent = 120;

/** The latency of each hop of one pipeline: half and 99 of 100 of its latest results took no longer. */
export class Hops {
  readonly #spans: (Record<Hop, number> & { total: number })[] = [];
  readonly #rows: { p50: HTMLElement; p99: HTMLElement; fill: HTMLElement; tick: HTMLElement }[];
  readonly #total: HTMLElement;

  /** Fills a table. @param total gets the latency from the frame's arrival to the response. */
  constructor(body: HTMLTableSectionElement, total: HTMLElement) {
    this.#total = total;
    this.#rows = hops.map(({ name, hint }) => {
      const [fill, tick] = [make('span', { class: 'fill' }), make('span', { class: 'tick' })];
      tick.hidden = true;
      const [p50, p99] = [make('td', {}, '–'), make('td', {}, '–')];
      const bar = make('td', { class: 'bar-cell' }, make('span', { class: 'track' }, fill, tick));
      body.append(make('tr', { title: hint }, make('th', { scope: 'row' }, name), bar, p50, p99));
      return { p50, p99, fill, tick };
    });
  }

  /** Takes over what a result says of its own way. */
  add({ spans }: Result): void {
    const rest = stages.reduce((sum, stage) => sum + spans[stage], 0);
    this.#spans.push({ ...spans, capture: Math.max(0, spans.total - rest) });
    if (this.#spans.length > recent) this.#spans.shift();
  }

  /** Shows the figures. @param transit of the pipeline. */
  show(transit: Percentiles | undefined): void {
    const figures = hops.map(({ hop }) => (hop ? this.#figuresOf(hop) : transit?.n ? transit : undefined));
    const most = Math.max(1, ...figures.map((figure) => figure?.p99 ?? 0));
    this.#rows.forEach(({ p50, p99, fill, tick }, i) => {
      const figure = figures[i];
      fill.style.transform = `scaleX(${Math.min(1, (figure?.p50 ?? 0) / most)})`;
      tick.style.left = `${Math.min(100, (100 * (figure?.p99 ?? 0)) / most)}%`;
      tick.hidden = !figure;
      setText(p50, figure ? milliseconds(figure.p50) : '–');
      setText(p99, figure ? milliseconds(figure.p99) : '–');
    });
    const total = this.#figuresOf('total');
    setText(this.#total, total ? `${milliseconds(total.p50)} ms` : '–');
    this.#total.title = total ? `99 of 100: ${milliseconds(total.p99)} ms` : '';
  }

  #figuresOf(hop: Hop | 'total'): { p50: number; p99: number } | undefined {
    if (this.#spans.length === 0) return undefined;
    const sorted = this.#spans.map((spans) => spans[hop]).sort((a, b) => a - b);
    const at = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
    return { p50: at(0.5), p99: at(0.99) };
  }
}

function milliseconds(ms: number): string {
  return ms < 10 ? ms.toFixed(2) : ms.toFixed(1);
}
