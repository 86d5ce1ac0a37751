// Draws what `reflexarc bench preprocess --json` measured, for docs/:
//
//   node dist/cli/main.node.js bench preprocess --case NAMES --path wasm-simd,native-simd --json > docs/bench-preprocess.json
//   node test/bench/chart-preprocess.mjs docs/bench-preprocess.json > docs/bench-preprocess.svg
//
// A panel per case with a library in it, a bar per library and per path of ours, all on the scale of the slowest.
import { readFileSync } from 'node:fs';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';

const width = 880;
const margin = 24;
const nameWidth = 220;
const barWidth = 350;
const rowHeight = 24;
const panelHead = 40;

const filters = {
  bilinear: 'bilinear',
  'bilinear-antialias': 'bilinear, antialiased',
};

/** @returns {string} an SVG that is readable on light and on dark pages */
export function drawChart({ machine, rows, peers }) {
  const timed = peers.filter((each) => each.speedup !== undefined);
  const cases = [...new Set(rows.map((row) => row.case))].filter((name) => timed.some((each) => each.case === name));
  if (cases.length === 0) throw new Error('The report holds no library that was timed.');
  let y = margin + 26;
  const body = [];
  for (const name of cases) {
    const path = comparedPath(timed, name);
    body.push(text(margin, y + 22, titleOf(name), 'title'));
    y += panelHead;
    const bars = [
      ...rows
        .filter((row) => row.case === name && timed.some((each) => each.case === name && each.path === row.path))
        .map(({ path, medianMs, n }) => ({ label: `reflexarc ${path}`, ms: medianMs, own: true, note: `n ${n}` })),
      ...peersOf(timed, name, path),
    ].sort((a, b) => a.ms - b.ms);
    const longest = Math.max(...bars.map(({ ms }) => ms));
    for (const { label, ms, own, note } of bars) {
      const length = Math.max(1, (ms / longest) * barWidth);
      body.push(text(margin + nameWidth - 8, y + 15, label, own ? 'own name' : 'name'));
      body.push(
        `<rect x="${margin + nameWidth}" y="${y + 3}" width="${length.toFixed(1)}" height="${rowHeight - 8}" rx="2" class="${own ? 'own' : 'other'}"/>`,
      );
      body.push(text(margin + nameWidth + length + 8, y + 15, `${milliseconds(ms)} ms · ${note}`, 'figure'));
      y += rowHeight;
    }
    for (const { peer, version, failed, refused } of peers.filter((each) => each.case === name)) {
      if (!failed && !refused) continue;
      body.push(text(margin + nameWidth - 8, y + 15, `${peer} ${version}`, 'name'));
      body.push(
        text(
          margin + nameWidth,
          y + 15,
          failed ? 'not timed: it had no quiet, or failed' : 'not timed: it gave another result',
          'figure',
        ),
      );
      y += rowHeight;
    }
    y += 14;
  }
  const { cpu, cores, platform, architecture, node } = machine;
  const notes = [
    `${cpu}, ${cores} cores, ${platform} ${architecture}, Node ${node}. One thread each. Medians; shorter is better.`,
    `Every result was compared with ours before it was timed. ×: median ratio to ${comparedPath(timed, cases[0])} of n pairs taken in turns, and its 95 % interval.`,
  ];
  for (const note of notes) {
    body.push(text(margin, y + 12, note, 'note'));
    y += 18;
  }
  const height = y + margin - 6;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="Preprocessing a frame: reflexarc and other libraries">
<style>
.page { fill: #ffffff; stroke: #d4d8de; }
text { font: 13px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: #1f2733; white-space: pre; }
.heading { font-size: 17px; font-weight: 600; }
.title { font-weight: 600; }
.name { text-anchor: end; }
.own.name { font-weight: 600; }
.figure, .note { fill: #55606e; }
.note { font-size: 11px; }
rect.own { fill: #0f8a6c; }
rect.other { fill: #8b97a8; }
@media (prefers-color-scheme: dark) {
.page { fill: #14181e; stroke: #333b46; }
text { fill: #e6eaf0; }
.figure, .note { fill: #a3aebc; }
rect.own { fill: #2fc79c; }
rect.other { fill: #66728a; }
}
</style>
<rect class="page" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8"/>
${text(margin, margin + 14, 'Preprocessing a frame: picture to tensor', 'heading')}
${body.join('\n')}
</svg>
`;
}

// What a page has, else the first that there is.
function comparedPath(timed, name) {
  const paths = timed.filter((each) => each.case === name).map(({ path }) => path);
  return paths.includes('wasm-simd') ? 'wasm-simd' : paths[0];
}

function peersOf(timed, name, path) {
  return timed
    .filter((each) => each.case === name && each.path === path)
    .map(({ peer, version, medianMs, speedup, speedupInterval: [low, high], n }) => ({
      label: `${peer} ${version}`,
      ms: medianMs,
      own: false,
      note: `${speedup.toFixed(1)} × (${low.toFixed(1)} – ${high.toFixed(1)}) · n ${n}`,
    }));
}

function titleOf(name) {
  const [format, size, resize, ...rest] = name.split('-');
  const [layout, type, side] = rest.reverse();
  const filter = rest.slice(3).reverse().join('-');
  const types = { f32: 'float32', f16: 'float16', u8: 'uint8', i8: 'int8', u8q: 'quantised uint8' };
  const shape = { nchw: 'planar', nhwc: 'interleaved', gray: 'gray' }[layout];
  return `${size.replace('x', ' × ')} ${format.toUpperCase()} → ${side} × ${side} ${types[type]} ${shape}, ${resize}, ${filters[filter] ?? filter}`;
}

function milliseconds(ms) {
  return ms >= 10 ? ms.toFixed(1) : ms.toFixed(2);
}

function text(x, y, content, kind) {
  const escaped = content.replace(/[&<>]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[sign]);
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" class="${kind}">${escaped}</text>`;
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  if (argv.length !== 3)
    throw new Error('Expected one report: node test/bench/chart-preprocess.mjs report.json > chart.svg');
  process.stdout.write(drawChart(JSON.parse(readFileSync(argv[2], 'utf8'))));
}
