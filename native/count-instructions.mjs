// Counts the instructions that preprocessing executes on arm64: plain C against NEON, under QEMU's user-mode emulator.
// It is a count, not a time: instructions take different times, and an emulator's time says nothing about a processor's.
//
//   node native/count-instructions.mjs [CASE…]      cases as those of `reflexarc bench preprocess`; needs `npm run build`
//
// Each result is compared with the plain TypeScript kernels' first. A run's count is what one more run of the same plan
// adds to the program's: exact, and asked to be the same twice. Both are compiled with -O3, the plain C without automatic
// vectors. Prints one JSON object:
// { what, emulator, compiler, rows: [{ case, pixels, scalar, neon, ratio }] }: `pixels` of the tensor, pad included,
// instructions per px of it, ratio = neon / scalar.
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const emulator = 'qemu-aarch64';
// Those of docs/neon-counts.md, the ones with a limit first.
const usualCases = [
  'rgba-1920x1080-letterbox-bilinear-608-f32-nchw',
  'rgba-1280x720-letterbox-bilinear-416-f32-nchw',
  'i420-1920x1080-letterbox-bilinear-608-f32-nchw',
  'nv12-1280x720-letterbox-bilinear-416-f32-nchw',
  'rgba-1280x720-letterbox-bilinear-antialias-416-f32-nchw',
  'rgba-1280x720-letterbox-bicubic-antialias-416-f32-nchw',
  'rgba-1280x720-letterbox-lanczos-antialias-416-f32-nchw',
  'rgba-1280x720-letterbox-area-416-f32-nchw',
  'rgba-1280x720-letterbox-bicubic-416-f32-nchw',
  'rgba-1280x720-letterbox-bilinear-float-416-f32-nchw',
  'rgba-1280x720-letterbox-bilinear-tf-legacy-416-f32-nchw',
  'rgba-1280x720-letterbox-nearest-416-f32-nchw',
  'rgba-1280x720-letterbox-bilinear-416-f16-nchw',
  'rgba-1280x720-letterbox-bilinear-416-i8-nhwc',
  'gray8-1280x720-letterbox-bilinear-416-u8-gray',
  'rgba-1280x720-warp-affine-256-f32-nchw',
  'nv12-1280x720-warp-affine-256-f32-nchw',
];

/** Version of a command, or an error that says what to install. */
function versionOf(command, packages) {
  try {
    return execFileSync(command, ['--version'], { encoding: 'utf8' }).split('\n')[0];
  } catch {
    throw new Error(`There is no ${command}; install ${packages}.`);
  }
}

async function built(path) {
  const file = join(root, 'dist', path);
  if (!existsSync(file)) throw new Error(`There is no ${file}; run \`npm run build\`.`);
  return import(file);
}

function buildDriver() {
  const { built, skipped } = JSON.parse(
    execFileSync(process.execPath, [join(root, 'native/build.mjs'), 'neon'], { encoding: 'utf8' }),
  );
  if (!built.neon) throw new Error(skipped.neon);
  return built.neon;
}

/** Compiles the plugin for the interface that this emulator has: it takes plugins of few versions, and says so. */
function buildPlugin(driver) {
  const source = join(root, 'native/count-plugin.c');
  const plugin = join(root, 'build/native/count-plugin.so');
  if (existsSync(plugin) && statSync(plugin).mtimeMs > statSync(source).mtimeMs) return plugin;
  mkdirSync(join(root, 'build/native'), { recursive: true });
  let refusal;
  for (let version = 1; version <= 8; version++) {
    const made = `${plugin}.${process.pid}`;
    const flags = ['-O2', '-Wall', '-Wextra', '-Werror', '-shared', '-fPIC', '-fvisibility=hidden'];
    execFileSync('gcc', [...flags, `-DINTERFACE_VERSION=${version}`, source, '-o', made], { stdio: 'inherit' });
    try {
      execFileSync(emulator, ['-plugin', made, driver, '0'], { input: '', stdio: ['pipe', 'ignore', 'pipe'] });
      renameSync(made, plugin);
      return plugin;
    } catch (error) {
      refusal = error.stderr?.toString().trim();
    }
  }
  throw new Error(`${emulator} takes no plugin: ${refusal}`);
}

/** Instructions of the whole program with this many runs of the case, and the tensor. */
function execute(driver, plugin, tier, runs, input) {
  const folder = mkdtempSync(join(tmpdir(), 'reflexarc-count-'));
  try {
    const [from, to, log] = ['case', 'tensor', 'count'].map((name) => join(folder, name));
    writeFileSync(from, input);
    // Files and not pipes, whose pieces would come as they like: the same calls each time.
    const stdio = [openSync(from, 'r'), openSync(to, 'w'), 'inherit'];
    const args = ['-plugin', plugin, '-d', 'plugin', '-D', log, driver, String(tier), 'repeat', String(runs)];
    execFileSync(emulator, args, { stdio });
    for (const file of stdio.slice(0, 2)) closeSync(file);
    const text = readFileSync(log, 'utf8');
    const count = /executed (\d+)/.exec(text)?.[1];
    if (count === undefined) throw new Error(`${emulator} wrote no count: ${text}`);
    return { count: Number(count), tensor: readFileSync(to) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function countRun(driver, plugin, tier, { name, input, expected }) {
  const counts = [1, 2, 3].map((runs) => {
    const { count, tensor } = execute(driver, plugin, tier, runs, input);
    if (Buffer.compare(tensor, expected) !== 0) throw new Error(`${name}: another tensor than the TypeScript kernels'`);
    return count;
  });
  const [first, second] = [counts[1] - counts[0], counts[2] - counts[1]];
  if (first !== second) throw new Error(`${name}: one run more cost ${first}, another ${second} instructions`);
  return first;
}

async function readCases(names) {
  const { selectBenchCases } = await built('cli/bench-case.js');
  const { encodePictureCase } = await built('kernels/check-case.js');
  const { ReferencePreprocess } = await built('kernels/reference/preprocess.js');
  return selectBenchCases(names).map(({ name, plan, sourceBytes, tensorBytes, spec, pictures }) => {
    if (pictures > 1) throw new Error(`${name}: tiles are plans of their own; count one of its size.`);
    const source = new Uint8Array(sourceBytes);
    for (let i = 0; i < source.length; i++) source[i] = (i + (Math.imul(i, 0x9e3779b1) >>> 27)) & 255;
    const expected = new Uint8Array(tensorBytes);
    const carrier = { float32: Float32Array, float16: Uint16Array, uint8: Uint8Array, int8: Int8Array }[spec.dataType];
    new ReferencePreprocess(plan).run(source, new carrier(expected.buffer));
    return { name, input: encodePictureCase(plan, source), expected, pixels: spec.width * spec.height };
  });
}

const rounded = (value, digits) => Number(value.toFixed(digits));
const report = {
  what: 'instructions executed per pixel of the tensor: a count, not a time',
  emulator: versionOf(emulator, 'qemu-user'),
  compiler: versionOf('aarch64-linux-gnu-gcc', 'gcc-aarch64-linux-gnu'),
  rows: [],
};
const cases = await readCases(process.argv.length > 2 ? process.argv.slice(2) : usualCases);
const driver = buildDriver();
const plugin = buildPlugin(driver);
for (const each of cases) {
  const [scalar, neon] = [0, 1].map((tier) => countRun(driver, plugin, tier, each));
  report.rows.push({
    case: each.name,
    pixels: each.pixels,
    scalar: rounded(scalar / each.pixels, 2),
    neon: rounded(neon / each.pixels, 2),
    ratio: rounded(neon / scalar, 4),
  });
}
console.log(JSON.stringify(report, undefined, 2));
