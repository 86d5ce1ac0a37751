// Shows that the suite notices wrong preprocessing: makes one mistake at a time in a copy of the repository, builds what it
// touches, and runs the tests that stand for it.
//
//   node test/mutations.mjs [NAME…]     all mistakes, or some; --list names them
//
// Prints "killed by TEST" or "survived" for each. Exit 1 if one survives, 2 if the tests fail without a mistake, or a
// mistake does not apply because the code has changed. Takes a few minutes per mistake; not part of `npm test`.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

// What stands for each path. The oracle has its goldens; other spellings are compared with it.
const goldens = ['test/conformance/preprocess-goldens.test.ts', 'test/conformance/output-goldens.test.ts'];
const plans = ['test/unit/preprocess/letterbox.test.ts', 'test/unit/preprocess/outputs.test.ts', ...goldens];
const yuv = ['test/conformance/yuv.test.ts'];
const wasm = ['test/conformance/kernels.test.ts', 'test/conformance/random-pictures.test.ts'];
const native = ['test/conformance/kernels-native.test.ts'];

/** file: where; from, to: the mistake, of a text that is there once; tests: who should notice; rebuild: whether wasm holds it. */
const mutations = {
  'weight-0-everywhere': {
    file: 'src/kernels/resample-table.ts',
    from: 'weights[2 * i + 1] = high;',
    to: 'weights[2 * i + 1] = 0 * high;',
    tests: goldens,
  },
  'sixteen-bits-made-eight-by-less': {
    file: 'src/kernels/picture-plan.ts',
    from: 'const gain = Math.fround(255 / (white - black));',
    to: 'const gain = Math.fround(230 / (white - black));',
    tests: goldens,
  },
  'chroma-moved-by-half-a-px': {
    file: 'src/kernels/planar-plan.ts',
    from: 'const start = axis.offset / px - first;',
    to: "const start = axis.offset / px - first + (px === 2 && name === 'columns' ? 0.25 : 0);",
    tests: yuv,
  },
  'weight-0-in-c': {
    file: 'simd/bilinear.h',
    from: 'weights[1] * x[next]',
    to: '0 * weights[1] * x[next]',
    tests: wasm,
    rebuild: true,
  },
  'red-for-blue-everywhere': {
    file: 'src/kernels/picture-plan.ts',
    from: '    colorOrder: spec.colorOrder,',
    to: "    colorOrder: spec.colorOrder === 'rgb' ? 'bgr' : 'rgb',",
    tests: goldens,
  },
  'red-for-blue-in-c': {
    file: 'simd/pack_nchw.h',
    from: 'const int32_t at = reverse ? 2 - c : c;',
    to: 'const int32_t at = reverse ? c : 2 - c;',
    tests: wasm,
    rebuild: true,
  },
  'red-for-blue-in-gray': {
    file: 'simd/kernels/gray_u8.c',
    from: 'first = reverse ? BLUE : RED',
    to: 'first = reverse ? RED : BLUE',
    tests: goldens,
    rebuild: true,
  },
  'pad-a-pixel-more-everywhere': {
    file: 'src/preprocess/letterbox.ts',
    from: 'Math.max(1, whole(size * ratio))',
    to: 'Math.max(1, whole(size * ratio) - 1)',
    tests: plans,
  },
  'pad-a-pixel-more-in-c': {
    file: 'simd/preprocess.c',
    from: 'pack_pad(p, p->top + p->height, p->tensor_height);',
    to: 'pack_pad(p, p->top + p->height - 1, p->tensor_height);',
    tests: wasm,
    rebuild: true,
  },
  'background-learns-before-it-compares': {
    file: 'simd/before.c',
    from: 'if (p->background && !*p->background_known) {',
    to: 'if (p->background) {',
    tests: ['test/conformance/background.test.ts'],
    rebuild: true,
  },
  'wasm-shift-without-sign': {
    file: 'simd/vec.h',
    from: '#define shift_right_i16(a, n) wasm_i16x8_shr(a, n)',
    to: '#define shift_right_i16(a, n) wasm_u16x8_shr(a, n)',
    tests: wasm,
    rebuild: true,
  },
  'wasm-max-for-min': {
    file: 'simd/vec.h',
    from: 'return wasm_f32x4_pmin(a, b);',
    to: 'return wasm_f32x4_pmax(a, b);',
    tests: wasm,
    rebuild: true,
  },
  'sse-swizzled-zip': {
    file: 'simd/vec.h',
    from: 'return _mm_unpackhi_epi16(a, b);',
    to: 'return _mm_unpackhi_epi16(b, a);',
    tests: native,
  },
  'sse-rounding-for-truncation': {
    file: 'simd/vec.h',
    from: 'return _mm_cvttps_epi32(a);',
    to: 'return _mm_cvtps_epi32(a);',
    tests: native,
  },
  'neon-wrapping-narrow': {
    file: 'simd/vec.h',
    from: 'return vqmovun_high_s16(vqmovun_s16(S16(a)), S16(b));',
    to: 'return vmovn_high_u16(vmovn_u16(vreinterpretq_u16_u8(a)), vreinterpretq_u16_u8(b));',
    tests: native,
  },
  'neon-difference-for-sum': {
    file: 'simd/vec.h',
    from: 'return FROM_S16(vaddq_s16(S16(a), S16(b)));',
    to: 'return FROM_S16(vsubq_s16(S16(a), S16(b)));',
    tests: native,
  },
};

function copyRepository() {
  const folder = mkdtempSync(join(tmpdir(), 'reflexarc-mutations-'));
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root });
  for (const path of listed.toString().split('\0').filter(Boolean)) {
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    cpSync(join(root, path), join(folder, path), { verbatimSymlinks: true });
  }
  rmSync(join(folder, 'node_modules'), { force: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

function buildWasm(folder) {
  execFileSync('node', ['wasm/build.mjs'], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
}

/** The first test that fails, by its full name; undefined where all pass. */
function firstFailure(folder, tests) {
  const report = join(folder, 'mutation-report.json');
  const words = ['vitest', 'run', '--project', 'node', '--bail=1', '--reporter=json', `--outputFile=${report}`];
  const { status, stderr } = spawnSync('npx', [...words, ...tests], { cwd: folder, encoding: 'utf8' });
  if (status === 0) return undefined;
  const { testResults = [] } = JSON.parse(readFileSync(report, 'utf8'));
  for (const { name, message, assertionResults } of testResults) {
    const failed = assertionResults.find((each) => each.status === 'failed');
    if (failed) return failed.fullName;
    if (message) return `${name.slice(folder.length + 1)}: ${message.split('\n')[0]}`;
  }
  return stderr.trim().split('\n').at(-1) ?? `exit code ${status}`;
}

function mutate(folder, { file, from, to }) {
  const text = readFileSync(join(root, file), 'utf8');
  if (text.split(from).length !== 2) throw new Error(`${file} does not hold this once: ${from}`);
  writeFileSync(
    join(folder, file),
    text.replace(from, () => to),
  );
}

function restore(folder, { file, rebuild }) {
  const built = rebuild ? ['wasm/kernels.wasm', 'src/kernels/kernel-exports.ts'] : [];
  for (const path of [file, ...built]) writeFileSync(join(folder, path), readFileSync(join(root, path)));
}

function main(words) {
  if (words.includes('--list')) {
    console.log(Object.keys(mutations).join('\n'));
    return 0;
  }
  const names = words.length ? words : Object.keys(mutations);
  const unknown = names.find((name) => !mutations[name]);
  if (unknown) {
    console.error(`Expected one of ${Object.keys(mutations).join(', ')}, got ${unknown}.`);
    return 2;
  }
  const folder = copyRepository();
  let survived = 0;
  try {
    const tests = [...new Set(names.flatMap((name) => mutations[name].tests))];
    const failure = firstFailure(folder, tests);
    if (failure) {
      console.error(`Without a mistake, this fails already: ${failure}`);
      return 2;
    }
    for (const name of names) {
      const mutation = mutations[name];
      mutate(folder, mutation);
      if (mutation.rebuild) buildWasm(folder);
      const killer = firstFailure(folder, mutation.tests);
      if (!killer) survived++;
      console.log(`${name} (${mutation.file}): ${killer ? `killed by ${killer}` : 'survived'}`);
      restore(folder, mutation);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  console.log(`${names.length - survived} of ${names.length} killed`);
  return survived ? 1 : 0;
}

try {
  process.exitCode = main(process.argv.slice(2));
} catch (error) {
  console.error(error.message);
  process.exitCode = 2;
}
