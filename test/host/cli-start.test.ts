import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { onlyJson, runCli, startCli, temporaryFolder } from './cli-process.js';

describe('start', () => {
  it('inspects the conveyor and prints what the README promises', async () => {
    const outcome = await runCli(['start', '--once', '--json', '--seed', '2', '--frames', '200']);
    const output = onlyJson(outcome);
    expect(outcome.code).toBe(0);
    expect(Object.keys(output).sort()).toEqual(
      ['accuracy', 'counts', 'frames', 'info', 'model', 'runtime', 'stages'].sort(),
    );
    expect(output).toMatchObject({ model: 'conveyor', runtime: 'onnx-web', frames: 200 });
    expect(output.accuracy.map50).toBeGreaterThan(0.9);
    const { found, expected, rejected, rejectable } = output.counts;
    expect(expected).toBeGreaterThan(3);
    // Before three detections there is no track: a part may pass the line unseen at the very beginning.
    expect(Math.abs(found - expected)).toBeLessThanOrEqual(1);
    expect(Math.abs(rejected - rejectable)).toBeLessThanOrEqual(1);
    expect(output.stages.total.n).toBe(200);
  });

  it('records with the truth, and the replay says the same', async () => {
    const folder = join(temporaryFolder(), 'belt');
    const started = onlyJson(await runCli(['start', '--once', '--json', '--frames', '40', '--record', folder]));
    expect(readdirSync(folder).sort()).toEqual(
      ['frames', 'frames.jsonl', 'recording.json', 'results.jsonl', 'truth.jsonl'].sort(),
    );
    const truth = readFileSync(join(folder, 'truth.jsonl'), 'utf8').trimEnd().split('\n');
    expect(truth.map((line) => JSON.parse(line).frame)).toEqual([...Array(40).keys()]);
    const { accuracy, counts } = onlyJson(await runCli(['run', '--source', folder, '--json']));
    expect({ accuracy, counts }).toEqual({ accuracy: started.accuracy, counts: started.counts });
  });

  it('tells people what it found, and how to go on', async () => {
    const { code, stdout } = await runCli(['start', '--once', '--frames', '15']);
    expect(code).toBe(0);
    for (const part of ['parts counted', 'mean average precision', 'overhead', 'npx reflexarc run']) {
      expect(stdout).toContain(part);
    }
  });

  it('then serves the kiosk until it is interrupted', async () => {
    const { child, ended, said } = startCli(['start', '--frames', '15']);
    await said('Ctrl-C ends it');
    child.kill('SIGINT');
    const { code, stdout } = await ended;
    expect(code).toBe(0);
    expect(stdout).toMatch(/http:\/\/127\.0\.0\.1:\d+\/\?autostart=1/);
  });

  it('serves where it is told to, with the model and isolated', async () => {
    const { child, ended, said } = startCli(['start', '--frames', '1', '--port', '17380']);
    await said('http://127.0.0.1:17380/');
    const page = await fetch('http://127.0.0.1:17380/');
    expect(page.headers.get('cross-origin-embedder-policy')).toBe('require-corp');
    expect(await page.text()).toContain('<title>Reflexarc Kiosk</title>');
    const manifest = await fetch('http://127.0.0.1:17380/models/conveyor/model.json');
    expect(await manifest.json()).toMatchObject({ id: 'conveyor' });
    child.kill('SIGTERM');
    expect((await ended).code).toBe(0);
  });
});
