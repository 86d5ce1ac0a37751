import { parseArgs } from 'node:util';
import { buildPages } from '../../browser/build-site.js';
import { launchChromium } from '../../browser/chromium.js';
import { buildKiosk } from '../../browser/kiosk-site.js';
import type { RaceCase, RaceReport, RouteName } from '../../browser/site/scripts/canvas-race.js';
import type { RunFigures } from '../../browser/site/scripts/measured-run.js';
import { serveSite } from '../../browser/site-server.js';
import { openPage } from '../../browser/test-page.js';
import { fakeCamera } from './fake-camera.js';
import { type KioskFigures, measureKiosk, measureRun, pageDefinition, watchedPackage } from './page-runs.js';
import { median, pairedRatio, quantile, type Ratio } from './ratios.js';

const sizes = [
  { width: 1920, height: 1080, size: 608 },
  { width: 1280, height: 720, size: 416 },
];
const formats = ['I420', 'RGBA'] as const;

/** How far a route's tensor may be from ours, in steps of 8 bits on average: their filters differ at edges. */
const meanTolerance = 2;
const targets = { ratio: 10, hopMs: 0.5, overheadMs: 2, longTaskMs: 50 };

/** A race, with the ratio of each other route to ours. */
interface RaceRow extends RaceCase {
  medianMs: Record<RouteName, number>;
  /** Within our own: copying out of the frame, and the kernels. */
  copyMs: number;
  kernelMs: number;
  bytesRead: Record<RouteName, number>;
  meanDifference: Record<RouteName, number>;
  ratio: Record<Exclude<RouteName, 'reflexarc'>, Ratio>;
  clockResolutionMs: number;
}

interface RunRow {
  name: string;
  frames: number;
  dropped: number;
  overhead: { p50: number; p99: number };
  total: { p50: number; p99: number };
  longTasks: number[];
  hop?: { roundP50: number; backP50: number; backP99: number; waitP50: number; n: number };
}

interface Check {
  name: string;
  figure: number;
  limit: string;
  passed: boolean;
}

/** What `--help` prints. */
export const usage = `Times this package in a page of a headless Chromium.

  npm run bench:page -- [options]

  --rounds <n>      rounds of the race against a canvas, at least 5 (200)
  --seconds <n>     length of each run, at least 2 (15)
  --only race|runs  one of the two parts
  --json            one JSON object instead of text
  --help            this text

Ends with 0 where every target is met, 1 where one is missed, 2 where the options are wrong.`;

/**
 * Times this package in a page of a headless Chromium; for options see {@link usage}.
 *
 * - From a VideoFrame to a normalised tensor, against a canvas: every round each route takes a frame in turn, and a ratio
 *   is the median of the rounds' ratios. A canvas is drawn to at the tensor's size; the quicker of its two forms counts.
 * - What page and worker add to a frame: crossing, overhead, and long tasks of the page, with picture and overlay; the
 *   same in the kiosk.
 *
 * Results are compared before anything is timed. @returns 1 where a target is missed.
 */
export default async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: 'string', default: '200' },
      seconds: { type: 'string', default: '15' },
      only: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const [rounds, seconds] = [Number(values.rounds), Number(values.seconds)];
  if (!(rounds >= 5) || !(seconds >= 2) || !['race', 'runs', undefined].includes(values.only)) {
    console.error(
      `Expected --rounds of at least 5, --seconds of at least 2 and --only race or runs; got ${JSON.stringify(values)}.\n\n${usage}`,
    );
    return 2;
  }
  const races = values.only === 'runs' ? [] : await raceAll(rounds);
  const { runs, kiosk } = values.only === 'race' ? { runs: [], kiosk: {} } : await runAll(seconds);
  const checks = [...checkRaces(races), ...checkRuns(runs, kiosk)];
  if (values.json) console.log(JSON.stringify({ races, runs, kiosk, checks }, null, 2));
  else print(races, runs, kiosk, checks);
  return checks.every(({ passed }) => passed) ? 0 : 1;
}

async function raceAll(rounds: number): Promise<RaceRow[]> {
  const pages = await buildPages();
  try {
    await using chromium = await launchChromium();
    // Isolated, so that the clock has a resolution of 5 µs.
    await using site = await serveSite({ folder: pages.folder, isolated: true });
    const rows: RaceRow[] = [];
    for (const size of sizes) {
      for (const format of formats) {
        const each: RaceCase = { format, ...size, rounds };
        console.error(`race ${format} ${size.width} × ${size.height} → ${size.size}`);
        await using page = await openPage(chromium, site);
        rows.push(raceRow(each, await page.inWorker<RaceReport>('canvas-race', 'race', each)));
      }
    }
    return rows;
  } finally {
    pages.remove();
  }
}

function raceRow(each: RaceCase, { routes, copyMs, kernelMs, clockResolutionMs }: RaceReport): RaceRow {
  const perRoute = <T>(pick: (name: RouteName) => T) =>
    Object.fromEntries((Object.keys(routes) as RouteName[]).map((name) => [name, pick(name)])) as Record<RouteName, T>;
  const meanDifference = perRoute((name) => routes[name].mean);
  for (const [name, mean] of Object.entries(meanDifference)) {
    if (!(mean <= meanTolerance)) throw new Error(`${name} gives another picture: ${mean} steps of 8 bits on average`);
  }
  const { reflexarc: _, ...ratio } = perRoute((name) => pairedRatio(routes[name].times, routes.reflexarc.times));
  return {
    ...each,
    medianMs: perRoute((name) => median(routes[name].times)),
    copyMs: median(copyMs),
    kernelMs: median(kernelMs),
    bytesRead: perRoute((name) => routes[name].bytesRead),
    meanDifference,
    ratio,
    clockResolutionMs,
  };
}

async function runAll(seconds: number): Promise<{ runs: RunRow[]; kiosk: Record<string, KioskFigures> }> {
  const pages = await buildPages();
  const built = await buildKiosk(watchedPackage);
  const camera = fakeCamera(1280, 720);
  try {
    await using chromium = await launchChromium(camera.flags);
    await using site = await serveSite({ folder: pages.folder, isolated: true });
    await using kioskSite = await serveSite({ folder: built.folder, isolated: true });
    const run = async (
      name: string,
      ...rest: [Parameters<typeof pageDefinition>, Parameters<typeof measureRun>[3]]
    ) => {
      console.error(`run: ${name}`);
      return runRow(name, await measureRun(chromium, site, pageDefinition(...rest[0]), rest[1], seconds));
    };
    const runs = [
      // One frame at a time, so that the worker is at rest when it is asked; two, so that it is often at work.
      await run('camera, one slot', ['camera', 1], { worker: 'timed' }),
      await run('camera, two slots', ['camera'], { worker: 'timed' }),
      await run('camera', ['camera'], {}),
      await run('synthetic, preview', ['synthetic'], { preview: true }),
    ];
    const kiosk: Record<string, KioskFigures> = {};
    for (const query of ['?autostart=1', '?autostart=1&source=camera&width=1280&height=720']) {
      console.error(`kiosk: ${query}`);
      kiosk[query] = await measureKiosk(chromium, kioskSite, query, seconds);
    }
    return { runs, kiosk };
  } finally {
    pages.remove();
    built.remove();
    camera.remove();
  }
}

function runRow(name: string, { stats, longTasks, hops }: RunFigures): RunRow {
  const { overhead, total } = stats.stages;
  const { round, back, wait } = hops;
  return {
    name,
    frames: stats.frames,
    dropped: stats.drops.queue + stats.drops.stale,
    overhead: { p50: overhead.p50, p99: overhead.p99 },
    total: { p50: total.p50, p99: total.p99 },
    longTasks,
    ...(round.length > 0
      ? {
          hop: {
            roundP50: median(round),
            backP50: median(back),
            backP99: quantile(back, 0.99),
            waitP50: median(wait),
            n: round.length,
          },
        }
      : {}),
  };
}

/** The canvas as pages use it: what its quicker form takes in relation to us. */
function canvasRatio({ medianMs, ratio }: RaceRow): Ratio {
  return medianMs.canvas <= medianMs['canvas-default'] ? ratio.canvas : ratio['canvas-default'];
}

function checkRaces(races: RaceRow[]): Check[] {
  const find = (format: RaceCase['format'], width: number) =>
    races.find((row) => row.format === format && row.width === width);
  const checks: Check[] = [];
  for (const { width, height, size } of sizes) {
    const [i420, rgba] = [find('I420', width), find('RGBA', width)];
    if (!i420 || !rgba) continue;
    const label = `${width} × ${height} → ${size}`;
    if (width === 1920) {
      const { median: figure } = canvasRatio(i420);
      checks.push({
        name: `canvas / reflexarc, I420, ${label}`,
        figure,
        limit: `≥ ${targets.ratio}`,
        passed: figure >= targets.ratio,
      });
    }
    const figure = rgba.medianMs.reflexarc / i420.medianMs.reflexarc;
    checks.push({ name: `RGBA / I420, ${label}`, figure, limit: '> 1', passed: figure > 1 });
  }
  return checks;
}

function checkRuns(runs: RunRow[], kiosk: Record<string, KioskFigures>): Check[] {
  const checks: Check[] = [];
  const atMost = (name: string, figure: number, limit: number) =>
    checks.push({ name, figure, limit: `≤ ${limit} ms`, passed: figure <= limit });
  const longest = (tasks: readonly number[]) => Math.max(0, ...tasks);
  for (const { name, overhead, longTasks, hop } of runs) {
    // A frame waits for the way back alone: its request is in the worker before the camera brings it.
    if (hop) atMost(`hop p50, ${name}`, hop.backP50, targets.hopMs);
    atMost(`overhead p50, ${name}`, overhead.p50, targets.overheadMs);
    atMost(`longest task of the page, ${name}`, longest(longTasks), targets.longTaskMs);
  }
  for (const [query, { stages, longTasks }] of Object.entries(kiosk)) {
    atMost(`overhead p50, kiosk ${query}`, stages.overhead.p50, targets.overheadMs);
    atMost(`longest task of the page, kiosk ${query}`, longest(longTasks), targets.longTaskMs);
  }
  return checks;
}

function print(races: RaceRow[], runs: RunRow[], kiosk: Record<string, KioskFigures>, checks: Check[]): void {
  const ms = (value: number) => `${value.toFixed(2)} ms`;
  for (const row of races) {
    const { format, width, height, size, medianMs, copyMs, kernelMs, bytesRead, ratio, meanDifference } = row;
    console.log(
      `\n${format} ${width} × ${height} → ${size}, n = ${row.rounds}, clock ${row.clockResolutionMs.toFixed(3)} ms`,
    );
    const read = (name: RouteName) => `${(bytesRead[name] / 1e6).toFixed(2)} MB copied out`;
    console.log(
      `  reflexarc       ${ms(medianMs.reflexarc)} (copy ${ms(copyMs)}, kernels ${ms(kernelMs)}), ${read('reflexarc')}`,
    );
    for (const [name, { median: times, low, high }] of Object.entries(ratio)) {
      const route = name as RouteName;
      console.log(
        `  ${name.padEnd(15)} ${ms(medianMs[route])} = ${times.toFixed(1)} × (${low.toFixed(1)} … ${high.toFixed(1)}), ${read(route)}, differs by ${meanDifference[route].toFixed(2)} of 255 on average`,
      );
    }
  }
  console.log('');
  for (const { name, frames, dropped, overhead, total, longTasks, hop } of runs) {
    const crossing = hop
      ? `, crossing p50 ${ms(hop.roundP50)}, of it back ${ms(hop.backP50)} (p99 ${ms(hop.backP99)}), beside a wait of ${ms(hop.waitP50)} for the other frame, n = ${hop.n}`
      : '';
    console.log(
      `${name}: ${frames} frames, ${dropped} dropped, overhead p50 ${ms(overhead.p50)} p99 ${ms(overhead.p99)}, total p50 ${ms(total.p50)} p99 ${ms(total.p99)}, ${longTasks.length} long tasks${crossing}`,
    );
  }
  for (const [query, { frames, stages, longTasks }] of Object.entries(kiosk)) {
    const { overhead, total } = stages;
    console.log(
      `kiosk ${query}: ${frames} frames, overhead p50 ${ms(overhead.p50)} p99 ${ms(overhead.p99)}, total p50 ${ms(total.p50)} p99 ${ms(total.p99)}, ${longTasks.length} long tasks`,
    );
  }
  console.log('');
  for (const { name, figure, limit, passed } of checks) {
    console.log(`${passed ? 'ok  ' : 'FAIL'} ${name}: ${figure.toFixed(2)} (${limit})`);
  }
}
