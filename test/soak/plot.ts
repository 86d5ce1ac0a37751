import type { SoakReport, SoakSample } from './page-soak.js';

interface Panel {
  title: string;
  lines: { figure: keyof SoakSample; color: string; name?: string }[];
  divisor?: number;
  digits?: number;
}

const [width, panelHeight, left, right] = [880, 120, 70, 20];
const mega = 1e6;
const panels: Panel[] = [
  { title: 'Heap of the page, MB', lines: [{ figure: 'pageHeapBytes', color: '#2563eb' }], divisor: mega, digits: 2 },
  {
    title: 'Heap of the worker, MB',
    lines: [{ figure: 'workerHeapBytes', color: '#2563eb' }],
    divisor: mega,
    digits: 2,
  },
  { title: 'WebAssembly memory, MB', lines: [{ figure: 'wasmBytes', color: '#7c3aed' }], divisor: mega, digits: 1 },
  {
    title: 'Open: our frames, VideoFrames, bitmaps',
    lines: [
      { figure: 'openFrames', color: '#2563eb', name: 'frames' },
      { figure: 'videoFrames', color: '#059669', name: 'VideoFrames' },
      { figure: 'bitmaps', color: '#d97706', name: 'bitmaps' },
    ],
  },
  {
    title: 'Latency of each interval, ms',
    lines: [
      { figure: 'p50', color: '#2563eb', name: 'p50' },
      { figure: 'p99', color: '#dc2626', name: 'p99' },
    ],
    digits: 1,
  },
  { title: 'Dropped frames, all so far', lines: [{ figure: 'dropped', color: '#dc2626' }] },
];

/** Draws a soak as small multiples over time, as SVG. */
export function plotSoak({ samples, info, stats, flat }: SoakReport): string {
  const { runtime } = info;
  const last = samples.at(-1)?.minute ?? 0;
  const x = (minute: number) => left + (minute / last) * (width - left - right);
  const headline = `${info.model.id} on ${runtime.runtime} ${runtime.version}, ${runtime.simd}, ${runtime.threads} thread(s); ${info.source.type}, ${stats.frames} frames in ${last.toFixed(1)} min: ${flat ? 'flat' : 'NOT flat'}`;
  const height = 40 + panels.length * panelHeight + 24;
  const body = panels.map((panel, i) => drawPanel(panel, samples, x, 40 + i * panelHeight)).join('\n');
  const minutes = Array.from({ length: Math.floor(last) + 1 }, (_, minute) => minute)
    .map((minute) => `<text x="${x(minute)}" y="${height - 8}" text-anchor="middle">${minute} min</text>`)
    .join('');
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="11" fill="#333">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<text x="${left}" y="22" font-size="13" font-weight="bold">${headline}</text>`,
    body,
    minutes,
    '</svg>\n',
  ].join('\n');
}

function drawPanel(panel: Panel, samples: SoakSample[], x: (minute: number) => number, top: number): string {
  const { title, lines, divisor = 1, digits = 0 } = panel;
  const values = lines.flatMap(({ figure }) => samples.map((sample) => sample[figure] / divisor));
  const high = Math.max(...values);
  // From nothing up, so that a flat line looks flat and a rise is not magnified.
  const y = (value: number) => top + panelHeight - 14 - (value / (high || 1)) * (panelHeight - 40);
  const drawn = lines.map(({ figure, color }) => {
    const points = samples.map((each) => `${x(each.minute).toFixed(1)},${y(each[figure] / divisor).toFixed(1)}`);
    return `<polyline points="${points.join(' ')}" fill="none" stroke="${color}" stroke-width="1.5"/>`;
  });
  const names = lines.map(({ name, color }, i) =>
    name ? `<text x="${width - right - 90 * (lines.length - i)}" y="${top + 12}" fill="${color}">${name}</text>` : '',
  );
  return [
    `<line x1="${left}" x2="${width - right}" y1="${y(0)}" y2="${y(0)}" stroke="#bbb"/>`,
    `<text x="${left}" y="${top + 12}" font-weight="bold">${title}</text>`,
    `<text x="${left - 8}" y="${y(0)}" text-anchor="end">0</text>`,
    high > 0 ? `<text x="${left - 8}" y="${y(high) + 4}" text-anchor="end">${high.toFixed(digits)}</text>` : '',
    ...drawn,
    ...names,
  ].join('');
}
