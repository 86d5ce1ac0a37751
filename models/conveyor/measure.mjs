// Measures the bundle in this folder as the package runs it, on seeds that training never saw, and prints the tables of
// the model card. Needs `npm run build`.
//
//   node models/conveyor/measure.mjs [--frames 12] [--json]

import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { measureAccuracy, measuredSeeds, measureLatency, measureMirror, openVariant } from './deployed.mjs';

const { values } = parseArgs({
  options: { frames: { type: 'string', default: '12' }, json: { type: 'boolean', default: false } },
});
const frames = Number(values.frames);
const here = (path) => new URL(path, import.meta.url);
const { variants, head, labels, thresholds } = JSON.parse(readFileSync(here('model.json'), 'utf8'));

/** Cameras other than the default one. */
const conditions = {
  'light 0.5': { light: 0.5 },
  'light 1.5': { light: 1.5 },
  'blur 1, speed 600': { blur: 1, speed: 600 },
  'noise 10': { noise: 10 },
  'density 2': { density: 2 },
  '640 × 360': { width: 640, height: 360 },
  '1920 × 1080': { width: 1920, height: 1080 },
};

const report = {};
for (const { id, path, inputs } of variants) {
  const [{ preprocess }] = inputs;
  const variant = await openVariant({ weights: readFileSync(here(path)), name: path, preprocess, head, labels, thresholds });
  const few = measuredSeeds.slice(0, 6);
  const figures = { latencyMs: await measureLatency(variant) };
  Object.assign(figures, await measureAccuracy(variant, labels, measuredSeeds, frames));
  figures.mirrored = await measureMirror(variant, few, 4, false);
  figures.upsideDown = await measureMirror(variant, few, 4, true);
  figures.conditions = {};
  for (const [name, options] of Object.entries(conditions)) {
    figures.conditions[name] = (await measureAccuracy(variant, labels, few, frames, options)).map50;
  }
  report[id] = figures;
  await variant.close();
}

if (values.json) console.log(JSON.stringify(report, null, 2));
else {
  const ids = Object.keys(report);
  const row = (name, pick, digits = 3) => {
    console.log(`| ${name} | ${ids.map((id) => pick(report[id]).toFixed(digits)).join(' | ')} |`);
  };
  console.log(`| | ${ids.join(' | ')} |\n|---|${ids.map(() => '---|').join('')}`);
  row('**mAP@0.5**', (r) => r.map50);
  for (const label of labels) row(label, (r) => r.perClass[label]);
  row('mirrored left–right: boxes with a partner', (r) => r.mirrored);
  row('mirrored top–bottom', (r) => r.upsideDown);
  for (const name of Object.keys(conditions)) row(`mAP@0.5, ${name}`, (r) => r.conditions[name]);
  row('p50 of one run, ms', (r) => r.latencyMs, 1);
}
