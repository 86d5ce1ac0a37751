// Stops the whole process for 300 ms every 5 s while it inspects the conveyor at 30 frames per second, and looks whether
// the figures tell: latency counts from when a frame was due, so a stall must show in full with --queue wait, and in
// dropped frames with --queue latest. Takes three minutes on a quiet machine. Needs `npm run build`.
//
//   node test/bench/stalls.mjs [--seconds 60]

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '60' } } });
const seconds = Number(values.seconds);
const everyMs = 5000;
const stopMs = 300;
const program = fileURLToPath(new URL('../../dist/cli/main.node.js', import.meta.url));

/** One run; `stops` are the lengths of the pauses that it was put through, in ms. */
async function run(queue, withStops) {
  const args = ['run', '--source', 'synthetic', '--fps', '30', '--duration', `${seconds}s`, '--queue', queue];
  const child = spawn(process.execPath, [program, ...args, '--json', '--debug'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  const ready = new Promise((resolve) => {
    child.stderr.setEncoding('utf8').on('data', (text) => {
      stderr += text;
      if (stderr.includes('reflexarc: ready')) resolve();
    });
  });
  const ended = once(child, 'close');
  await Promise.race([ready, ended]);
  const began = performance.now();
  const stops = [];
  for (let n = 1; withStops && n * everyMs < seconds * 1000 - 1000; n++) {
    await sleep(began + n * everyMs - performance.now());
    const stopped = performance.now();
    child.kill('SIGSTOP');
    await sleep(stopMs);
    child.kill('SIGCONT');
    stops.push(performance.now() - stopped);
  }
  const [code] = await ended;
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${stderr}`);
  const { frames, stages, drops, info } = JSON.parse(stdout);
  return { queue, stops, frames, drops, total: stages.total, captureTime: info.captureTime };
}

const calm = await run('latest', false);
const wait = await run('wait', true);
const latest = await run('latest', true);
const perStop = (latest.drops.queue - calm.drops.queue) / latest.stops.length;
const checks = [
  ['wait: no drop', wait.drops.queue + wait.drops.stale === 0, wait.drops.queue + wait.drops.stale],
  ['wait: total max ≥ 290 ms', wait.total.max >= 290, wait.total.max],
  ['wait: total p99 ≥ 250 ms', wait.total.p99 >= 250, wait.total.p99],
  ['wait: longest gap ≥ 300 ms', wait.drops.longestGapMs >= 300, wait.drops.longestGapMs],
  ['latest: 8 or 9 drops per stop', perStop >= 7.5 && perStop < 9.5, perStop],
  ['latest: p99 within 30 ms of a calm run', latest.total.p99 - calm.total.p99 < 30, latest.total.p99 - calm.total.p99],
  ['latest: longest gap ≥ 300 ms', latest.drops.longestGapMs >= 300, latest.drops.longestGapMs],
];
console.log(JSON.stringify({ calm, wait, latest }, null, 2));
for (const [name, passed, figure] of checks) console.log(`${passed ? 'ok  ' : 'FAIL'} ${name}: ${figure.toFixed(1)}`);
process.exitCode = checks.every(([, passed]) => passed) ? 0 : 1;
