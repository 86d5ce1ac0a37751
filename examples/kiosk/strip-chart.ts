import uPlot from 'uplot';

const seconds = 60;
const capacity = 60 * seconds;
/** ms between two drawings: the eye follows no more, and the picture comes first. */
const redrawMs = 200;

/** The latency of the last minute, frame by frame, with the deadline and the 99th percentile. */
export class StripChart {
  readonly #container: HTMLElement;
  readonly #times: number[] = [];
  readonly #values: number[] = [];
  #plot: uPlot | undefined;
  #deadline = 0;
  #p99 = 0;
  #drawnAt = 0;

  constructor(container: HTMLElement) {
    this.#container = container;
    new ResizeObserver(() => this.#resize()).observe(container);
  }

  /** Forgets the last run. @param deadlineMs where the line is drawn. */
  reset(deadlineMs: number): void {
    this.#times.length = 0;
    this.#values.length = 0;
    this.#deadline = deadlineMs;
    this.#p99 = 0;
    this.draw();
  }

  /** Adds one frame. @param ms its latency. @param time in ms of `performance.now()`. */
  add(ms: number, time: number): void {
    this.#times.push(time / 1000);
    this.#values.push(ms);
    if (this.#times.length > capacity * 1.2) {
      this.#times.splice(0, this.#times.length - capacity);
      this.#values.splice(0, this.#values.length - capacity);
    }
    if (time - this.#drawnAt >= redrawMs && !document.hidden) this.draw(time);
  }

  set p99(ms: number) {
    this.#p99 = ms;
  }

  /** Draws with the page's present colours. */
  draw(time = performance.now()): void {
    this.#drawnAt = time;
    const { clientWidth: width, clientHeight: height } = this.#container;
    if (width === 0 || height === 0) return;
    this.#plot ??= this.#create(width, height);
    const now = time / 1000;
    const highest = this.#values.reduce((high, value) => Math.max(high, value), 0);
    this.#plot.batch(() => {
      this.#plot?.setData([this.#times, this.#values], false);
      this.#plot?.setScale('x', { min: now - seconds, max: now });
      // The deadline is always in sight; one slow frame must not press all others to the ground.
      const p99 = Math.max(this.#p99, this.#deadline / 1.25);
      this.#plot?.setScale('y', { min: 0, max: Math.max(1, Math.min(highest, p99 * 2), p99) * 1.25 });
    });
  }

  /** Takes over colours that have changed. */
  recolor(): void {
    this.#plot?.destroy();
    this.#plot = undefined;
    this.draw();
  }

  #create(width: number, height: number): uPlot {
    const style = getComputedStyle(document.documentElement);
    const color = (name: string) => resolved(style.getPropertyValue(name));
    const [accent, muted, edge, warn, alarm] = ['--accent', '--muted', '--edge', '--warn', '--alarm'].map(color);
    const font = `11px ${style.fontFamily}`;
    const level = (plot: uPlot, value: number, stroke: string, dash: number[]) => {
      if (!(value > 0)) return;
      const y = Math.round(plot.valToPos(value, 'y', true));
      const { left, width, top } = plot.bbox;
      if (y < top) return;
      const { ctx } = plot;
      ctx.save();
      ctx.strokeStyle = stroke;
      ctx.lineWidth = 1.5 * devicePixelRatio;
      ctx.setLineDash(dash.map((length) => length * devicePixelRatio));
      ctx.beginPath();
      ctx.moveTo(left, y);
      ctx.lineTo(left + width, y);
      ctx.stroke();
      ctx.restore();
    };
    return new uPlot(
      {
        width,
        height,
        padding: [8, 18, 0, 0],
        legend: { show: false },
        cursor: { show: false },
        scales: { x: { time: false, auto: false }, y: { auto: false } },
        axes: [
          {
            stroke: muted,
            font,
            size: 22,
            gap: 4,
            grid: { show: false },
            ticks: { show: false },
            splits: (plot) => [60, 45, 30, 15, 0].map((ago) => (plot.scales.x.max ?? 0) - ago),
            values: (plot, splits) => splits.map((at) => ago((plot.scales.x.max ?? 0) - at)),
          },
          {
            stroke: muted,
            font,
            size: 44,
            gap: 6,
            space: 34,
            grid: { stroke: edge, width: 1 },
            ticks: { show: false },
          },
        ],
        series: [
          {},
          {
            stroke: accent,
            width: 1.5,
            points: { show: false },
            fill: `color-mix(in srgb, ${accent} 14%, transparent)`,
          },
        ],
        hooks: {
          draw: [
            (plot) => {
              level(plot, this.#deadline, alarm, []);
              level(plot, this.#p99, warn, [6, 5]);
            },
          ],
        },
      },
      [this.#times, this.#values],
      this.#container,
    );
  }

  #resize(): void {
    const { clientWidth: width, clientHeight: height } = this.#container;
    if (width === 0 || height === 0) return;
    this.#plot?.setSize({ width, height });
    this.draw();
  }
}

function ago(seconds: number): string {
  return seconds < 0.5 ? 'now' : `−${Math.round(seconds)} s`;
}

// A custom property holds its text as written, `light-dark(…)` and all; a canvas wants one colour.
function resolved(text: string): string {
  const probe = document.createElement('i');
  probe.style.color = text;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
