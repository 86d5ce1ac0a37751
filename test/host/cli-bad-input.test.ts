import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { assetPath, describeWith, describeWithAssets } from '../assets.js';
import { expectNoStack, failureOf, onlyJson, root, runCli, temporaryFolder } from './cli-process.js';

const conveyor = join(root, 'models', 'conveyor');
const pictures = join(root, 'test', 'fixtures', 'pictures');
const few = ['--source', 'synthetic', '--frames', '2', '--json'];

/** A copy of the built-in bundle that a test may damage. */
function copyOfBundle() {
  const folder = join(temporaryFolder(), 'bundle');
  mkdirSync(folder);
  const manifest = JSON.parse(readFileSync(join(conveyor, 'model.json'), 'utf8'));
  for (const entry of ['model.json', 'golden', ...readdirSync(conveyor).filter((name) => name.endsWith('.onnx'))]) {
    cpSync(join(conveyor, entry), join(folder, entry), { recursive: true });
  }
  const save = () => writeFileSync(join(folder, 'model.json'), JSON.stringify(manifest));
  return { folder, manifest, save, weights: join(folder, manifest.variants[0].path) };
}

function weightsOfConveyor(): string {
  return copyOfBundle().weights;
}

describe('models that cannot be used', () => {
  const run = (path: string, preset = 'yolox') => runCli(['run', '--model', path, '--preset', preset, ...few]);

  it('names a missing one', async () => {
    failureOf(await run('nowhere.onnx'), 1, 'ERR_MODEL_LOAD');
    failureOf(await runCli(['run', '--model', 'nowhere', ...few]), 1, 'ERR_MODEL_LOAD');
  });

  it.each<[string, (path: string) => void]>([
    ['an empty one', (path) => truncateSync(path, 0)],
    ['a truncated one', (path) => truncateSync(path, 10_000)],
    ['one cut short by a byte', (path) => truncateSync(path, readFileSync(path).byteLength - 1)],
    ['text', (path) => writeFileSync(path, 'This is no model.')],
    ['a picture', (path) => cpSync(join(pictures, 'rgb.bmp'), path)],
    ['JSON', (path) => writeFileSync(path, '{"weights": []}')],
  ])('refuses %s', async (_name, damage) => {
    const path = weightsOfConveyor();
    damage(path);
    const { error, results } = failureOf(await run(path), 1, 'ERR_MODEL_LOAD');
    expect(error.message).toContain(path);
    expect(results).toEqual([]);
  });

  it('refuses a preset that does not fit the outputs', async () => {
    failureOf(await run(weightsOfConveyor(), 'classification'), 1, 'ERR_SHAPE');
  });
});

describeWithAssets('models of others that cannot be used', () => {
  it('names the operators that no runtime knows', async () => {
    const path = assetPath('models/onnx/negative_custom_op_noisy_relu.onnx');
    const outcome = await runCli(['run', '--model', path, '--preset', 'classification', ...few]);
    const { error } = failureOf(outcome, 1, 'ERR_MODEL_LOAD');
    expect(error.message).toMatch(/noisyrelu/i);
  });

  it('refuses a classifier as a detector', async () => {
    const path = assetPath('models/onnx/squeezenet_fp16.onnx');
    failureOf(await runCli(['run', '--model', path, '--preset', 'yolox', ...few]), 1, 'ERR_SHAPE');
  });
});

describe('bundles that cannot be used', () => {
  const run = (folder: string) => runCli(['run', '--model', folder, ...few]);

  it('refuses a folder without a manifest, and one that is no JSON', async () => {
    const { folder } = copyOfBundle();
    failureOf(await run(temporaryFolder()), 1, 'ERR_MODEL_LOAD');
    writeFileSync(join(folder, 'model.json'), '{ "schema": ');
    failureOf(await run(folder), 1, 'ERR_MODEL_LOAD');
  });

  it('refuses unknown keys and names the first', async () => {
    const { folder, manifest, save } = copyOfBundle();
    manifest.variants[0].colour = 'blue';
    save();
    expect(failureOf(await run(folder), 1, 'ERR_MODEL_LOAD').error.message).toContain('variants.0.colour');
  });

  it('refuses a changed byte of the weights', async () => {
    const { folder, weights } = copyOfBundle();
    const bytes = readFileSync(weights);
    bytes[bytes.length >> 1] ^= 1;
    writeFileSync(weights, bytes);
    expect(failureOf(await run(folder), 1, 'ERR_MODEL_LOAD').error.message).toContain('sha256');
    // Asking for no golden check does not switch this one off.
    failureOf(await runCli(['run', '--model', folder, '--no-golden-check', ...few]), 1, 'ERR_MODEL_LOAD');
  });

  it('refuses shapes that the weights do not have', async () => {
    const { folder, manifest, save } = copyOfBundle();
    manifest.variants[0].outputs[0].shape[1] += 1;
    save();
    expect(failureOf(await run(folder), 1, 'ERR_MODEL_LOAD').error.message).toContain('output');
  });

  it('refuses a variant that is not there', async () => {
    const { error } = failureOf(await runCli(['run', '--variant', 'huge', ...few]), 1, 'ERR_MODEL_LOAD');
    expect(error.message).toContain('huge');
  });
});

describe('pictures that cannot be read', () => {
  const run = (source: string) => runCli(['run', '--source', source, '--json']);

  it.each(['corrupt.png', 'truncated.jpg', 'text.jpg', 'empty.png'])(
    'is the error where it is alone: %s',
    async (name) => {
      const output = failureOf(await run(join(pictures, name)), 1, 'ERR_SOURCE');
      expect(output.results).toEqual([]);
      expect(output.error.message).toContain(name);
    },
  );

  it('is an entry where others can be read, and exit code 1 at the end', async () => {
    const folder = temporaryFolder();
    for (const name of ['rgb.bmp', 'corrupt.png', 'gray.jpg']) cpSync(join(pictures, name), join(folder, name));
    const outcome = await run(folder);
    const { frames, faults, results, error } = failureOf(outcome, 1, 'ERR_SOURCE');
    expect({ frames, faults }).toEqual({ frames: 2, faults: 1 });
    expect(results.map(({ frame, source }: { frame: number; source: string }) => [frame, source])).toEqual([
      [0, 'corrupt.png'],
      [1, 'gray.jpg'],
      [2, 'rgb.bmp'],
    ]);
    expect(results[0].error.code).toBe('ERR_SOURCE');
    expect(results[1].items).toEqual(expect.any(Array));
    expect(error.received).toContain('corrupt.png');
  });

  it('is told to people without a stack', async () => {
    const { code, stderr } = await runCli(['run', '--source', join(pictures, 'corrupt.png')]);
    expect(code).toBe(1);
    expect(stderr).toContain('corrupt.png');
    expectNoStack(stderr);
  });

  it('refuses an empty folder and a file that is no picture', async () => {
    failureOf(await run(temporaryFolder()), 1, 'ERR_SOURCE');
    failureOf(await run(join(root, 'package.json')), 1, 'ERR_SOURCE');
  });

  it.each(['1x1.png', 'cmyk.jpg', 'rgb16.png', '1bit.png', 'gray.jpg', 'palette.png'])('reads %s', async (name) => {
    const output = onlyJson(await run(join(pictures, name)));
    expect(output).toMatchObject({ frames: 1, faults: 0, results: [{ frame: 0, source: name }] });
    expect(output.error).toBeUndefined();
  });
});

describe('recordings that cannot be read', () => {
  it('refuses one of another version and one whose pictures are gone', async () => {
    const folder = join(temporaryFolder(), 'recording');
    onlyJson(await runCli(['run', ...few, '--record', folder]));
    const path = join(folder, 'recording.json');
    const index = readFileSync(path, 'utf8');
    writeFileSync(path, index.replace('"version": 1', '"version": 99'));
    failureOf(await runCli(['run', '--source', folder, '--json']), 1, 'ERR_SOURCE');
    writeFileSync(path, index);
    truncateSync(join(folder, 'frames', '000001.png'), 100);
    const { results } = failureOf(await runCli(['run', '--source', folder, '--json']), 1, 'ERR_SOURCE');
    expect(results.map((entry: { error?: object }) => entry.error !== undefined)).toEqual([false, true]);
  });
});

const haveFfmpeg = spawnSync('ffmpeg', ['-version']).status === 0;

describeWith('videos that cannot be read', haveFfmpeg, 'ffmpeg on the PATH', () => {
  it('refuses a file that only has the name of one', async () => {
    const path = join(temporaryFolder(), 'video.mp4');
    writeFileSync(path, 'This is no video.');
    failureOf(await runCli(['run', '--source', path, '--json']), 1, 'ERR_SOURCE');
  });

  it('says what to do where ffmpeg is not installed', async () => {
    const path = join(temporaryFolder(), 'video.mp4');
    // The first box of an MP4 file: enough to be taken for one.
    writeFileSync(path, Buffer.from('\0\0\0\x18ftypmp42\0\0\0\0mp42isom', 'latin1'));
    const outcome = await runCli(['run', '--source', path, '--json'], { env: { PATH: '' } });
    expect(failureOf(outcome, 1, 'ERR_UNSUPPORTED').error.remedy).toMatch(/install/i);
  });
});

describe('a video without ffmpeg', () => {
  it('tells what was done before it breaks off', async () => {
    const video = readFileSync(join(root, 'test', 'fixtures', 'y4m', '420jpeg.y4m'));
    const path = join(temporaryFolder(), 'broken.y4m');
    writeFileSync(path, video.subarray(0, video.length - 10));
    const whole = onlyJson(await runCli(['run', '--source', 'test/fixtures/y4m/420jpeg.y4m', '--json']));
    const { frames, results } = failureOf(await runCli(['run', '--source', path, '--json']), 1, 'ERR_SOURCE');
    expect(frames).toBe(whole.frames - 1);
    expect(results.slice(0, frames)).toEqual(
      whole.results.slice(0, frames).map((entry: object) => ({ ...entry, source: 'broken.y4m' })),
    );
  });
});

describeWithAssets('videos that break off', () => {
  it('refuses one without its index', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'broken.mp4');
    cpSync(assetPath('video/mmdet_road_demo.mp4'), path);
    truncateSync(path, 200_000);
    const output = failureOf(await runCli(['run', '--source', path, '--json']), 1, 'ERR_SOURCE');
    expect(output.frames).toBe(0);
    expect(output.error.message).toContain('broken.mp4');
  });

  it('plays what is whole of one that breaks off later', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'broken.mkv');
    const args = [
      '-v',
      'error',
      '-i',
      assetPath('video/mmdet_road_demo.mp4'),
      '-frames:v',
      '30',
      '-c:v',
      'mjpeg',
      path,
    ];
    expect(spawnSync('ffmpeg', args).status).toBe(0);
    truncateSync(path, Math.floor(readFileSync(path).byteLength / 2));
    const outcome = await runCli(['run', '--source', path, '--json']);
    const output = onlyJson(outcome);
    expect(output.frames).toBeGreaterThan(3);
    expect(output.frames).toBeLessThan(30);
    expect(output.results.length).toBe(output.frames);
  });
});

// A disk of 200 kB in a name space of its own; needs no root.
const inSmallDisk = (folder: string) => [
  'unshare',
  '-rm',
  'sh',
  '-c',
  `mount -t tmpfs -o size=200k tmpfs '${folder}' && exec "$@"`,
  'sh',
];
const canMount = spawnSync(inSmallDisk('/mnt')[0], [...inSmallDisk('/mnt').slice(1), 'true']).status === 0;

describeWith('a full disk', canMount, 'right to mount a small disk (unshare -rm)', () => {
  it.each(['--record', '--annotate'])('ends %s with one clear error', async (option) => {
    const folder = temporaryFolder();
    const args = [
      'run',
      '--source',
      'synthetic',
      '--frames',
      '60',
      '--noise',
      '20',
      option,
      join(folder, 'out'),
      '--json',
    ];
    const output = failureOf(await runCli(args, { wrapper: inSmallDisk(folder) }), 1, 'ERR_SINK');
    expect(output.error.message).toMatch(/space|full/i);
    expect(output.results.length).toBeLessThan(60);
  });

  it('refuses a folder that holds something', async () => {
    const { error } = failureOf(await runCli(['run', ...few, '--record', root]), 1, 'ERR_SINK');
    expect(error.expected).toContain('empty');
  });
});
