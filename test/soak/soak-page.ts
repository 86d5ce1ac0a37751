import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { fakeCamera } from '../bench/page/fake-camera.js';
import { pageDefinition } from '../bench/page/page-runs.js';
import { buildPages } from '../browser/build-site.js';
import { launchChromium } from '../browser/chromium.js';
import { serveSite } from '../browser/site-server.js';
import { type OpenCloseReport, openAndClose } from './open-close.js';
import { flatFigures, type SoakReport, type SoakSample, soakPage } from './page-soak.js';
import { plotSoak } from './plot.js';

const results = fileURLToPath(new URL('../../build/soak/', import.meta.url));

/** What `--help` prints. */
export const usage = `Runs the default model in a page of a headless Chromium and says whether what it holds stays flat; then opens and
closes pipelines, and says whether anything of them is left.

  npm run soak:page -- [options]

  --minutes <n>              length of the run, at least 0.5 (10)
  --source camera|synthetic  a fake camera, or frames made in the worker (camera)
  --openings <n>             how often a pipeline is opened and closed afterwards, in tens (100)
  --json                     one JSON object instead of text
  --help                     this text

Ends with 0 where all is flat and nothing is left, 1 where not, 2 where the options are wrong.`;

/**
 * Runs the default model in a page for some minutes and says whether memory and open frames stay flat; then opens and
 * closes pipelines, and says whether anything of them is left. For options see {@link usage}.
 *
 * The source is a fake camera of 1280 × 720 px at 30 frames per second, or the synthetic one in the worker. Writes
 * `build/soak/page.json` and a plot beside it. @returns 1 where something grows, or is left after the end.
 */
export default async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      minutes: { type: 'string', default: '10' },
      source: { type: 'string', default: 'camera' },
      openings: { type: 'string', default: '100' },
      json: { type: 'boolean', default: false },
    },
  });
  const minutes = Number(values.minutes);
  const openings = Number(values.openings);
  const { source } = values;
  const inTens = openings >= 0 && openings % 10 === 0;
  if (!(minutes >= 0.5) || !inTens || (source !== 'camera' && source !== 'synthetic')) {
    console.error(
      `Expected --minutes of at least 0.5, --source camera or synthetic, and --openings in tens; got ${JSON.stringify(values)}.\n\n${usage}`,
    );
    return 2;
  }
  const camera = fakeCamera(1280, 720);
  const pages = await buildPages();
  try {
    await using chromium = await launchChromium(camera.flags);
    await using site = await serveSite({ folder: pages.folder, isolated: true });
    const report = await soakPage(chromium, site, {
      definition: pageDefinition(source),
      preview: source === 'synthetic',
      minutes,
      everySeconds: minutes < 3 ? 2.5 : 10,
      warmUpMinutes: Math.min(2, minutes / 3),
      // Compilers learn in the first minutes: a short run is for openings and frames, and finds large leaks only.
      heapGrowth: minutes < 3 ? 1_500_000 : 30_000,
      onSample: (sample) => console.error(line(sample)),
    });
    const comings = openings > 0 ? await openAndClose(chromium, site, pageDefinition(source), openings) : undefined;
    mkdirSync(results, { recursive: true });
    writeFileSync(`${results}page.json`, `${JSON.stringify({ ...report, comings }, null, 2)}\n`);
    writeFileSync(`${results}page.svg`, plotSoak(report));
    console.log(values.json ? JSON.stringify({ ...report, comings }) : verdict(report, comings));
    const { workers, videoFrames, bitmaps, openFrames } = report.after;
    const clean = workers + videoFrames + bitmaps + openFrames === 0 && (!comings || isClean(comings));
    return report.flat && clean ? 0 : 1;
  } finally {
    pages.remove();
    camera.remove();
  }
}

function line(sample: SoakSample): string {
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(2);
  return [
    `${sample.minute.toFixed(2)} min`,
    `heap ${megabytes(sample.pageHeapBytes)} + ${megabytes(sample.workerHeapBytes)} MB`,
    `wasm ${megabytes(sample.wasmBytes)} MB`,
    `open ${sample.openFrames}/${sample.videoFrames}/${sample.bitmaps}`,
    `p50 ${sample.p50.toFixed(1)} p99 ${sample.p99.toFixed(1)} ms`,
    `${sample.frames} frames, ${sample.dropped} dropped`,
  ].join('  ');
}

// A pipeline with its results is 50 kB and more; compilers keep less.
const growthAllowed = 10_000;

function isClean({ left, growthPerOpening }: OpenCloseReport): boolean {
  return left.length === 0 && growthPerOpening <= growthAllowed;
}

function verdict({ flatness, stats, after, flat }: SoakReport, comings: OpenCloseReport | undefined): string {
  const { total } = stats.stages;
  const rows = flatFigures.map((figure) => {
    const { slope, low, high, level, allowed, flat: isFlat, n } = flatness[figure];
    const bounds = `${Math.round(slope)} (${Math.round(low)} … ${Math.round(high)}) per minute`;
    return `${isFlat ? 'ok  ' : 'FAIL'} ${figure}: level ${Math.round(level)}, ${bounds}, allowed ${allowed}, n = ${n}`;
  });
  const dropped = stats.drops.queue + stats.drops.stale;
  return [
    ...rows,
    `frames ${stats.frames}, dropped ${dropped}, latency p50 ${total.p50.toFixed(1)} ms, p99 ${total.p99.toFixed(1)} ms`,
    `left after close: ${JSON.stringify(after)}`,
    ...(comings
      ? [
          `${isClean(comings) ? 'ok  ' : 'FAIL'} ${comings.times} openings: heap of the page ${Math.round(comings.growthPerOpening)} bytes each, allowed ${growthAllowed}; left: ${comings.left.join(', ') || 'nothing'}`,
        ]
      : []),
    `${flat ? 'flat' : 'NOT flat'}; samples and plot are in build/soak/`,
  ].join('\n');
}
