// Warps against OpenCV's warpAffine and warpPerspective, natively through Python, one thread each: float32 planes of RGB in 0…1.
//
//   node test/bench/run.mjs test/bench/warp.ts [--python PATH] [--pairs 30] [--case PART]
//
// OpenCV's tensor is compared with ours first. Then the two take turns; a pair is a median of some runs of each, right after
// each other. Prints one JSON object per case and tier: speedup = OpenCV's time / ours, the median of n pairs.
import { parseArgs } from 'node:util';
import koffi from 'koffi';
import { findPython } from '../../src/cli/bench-peers.node.js';
import { median, pairedSpeedup } from '../../src/cli/bench-statistics.js';
import { softPicture, tensorDifference } from '../../src/cli/peer-check.js';
import { PeerProcess } from '../../src/cli/peer-process.node.js';
import { type FrameLayout, measureLayout, type PixelFormat } from '../../src/core/pixel-format.js';
import type { Transform } from '../../src/core/transform.js';
import type { Kernels } from '../../src/kernels/kernels.js';
import { loadKernels } from '../../src/kernels/load-kernels.node.js';
import { createWarp } from '../../src/preprocess/warp.js';

const spec = {
  width: 256,
  height: 256,
  scale: 1 / 255,
  origin: 'center',
  layout: 'nchw',
  dataType: 'float32',
} as const;
const frames = 4;
const runsPerTurn = 5;

/** The middle of a 1280 × 720 frame, so many px of it on each side, turned. */
function crop(side: number, degrees: number): number[] {
  const [cos, sin] = [Math.cos(degrees), Math.sin(degrees)].map((part) => (part * spec.width) / side);
  const [x, y] = [639.5, 359.5];
  return [cos, sin, 127.5 - cos * x - sin * y, -sin, cos, 127.5 + sin * x - cos * y, 0, 0, 1];
}

const cases: readonly { name: string; format: PixelFormat; matrix: number[] }[] = [
  { name: 'rgba-crop-400-turned', format: 'RGBA', matrix: crop(400, 0.5) },
  { name: 'rgb-crop-400-turned', format: 'RGB', matrix: crop(400, 0.5) },
  { name: 'rgba-crop-200-turned', format: 'RGBA', matrix: crop(200, -1.1) },
  { name: 'rgba-perspective', format: 'RGBA', matrix: [0.4, 0.05, -60, -0.02, 0.5, -40, 0.0001, 0.0003, 1] },
  { name: 'i420-crop-400-turned', format: 'I420', matrix: crop(400, 0.5) },
  { name: 'nv12-crop-400-turned', format: 'NV12', matrix: crop(400, 0.5) },
];

async function compare(
  kernels: Kernels,
  peer: PeerProcess,
  name: string,
  format: PixelFormat,
  matrix: number[],
  pairs: number,
) {
  const size = { format, codedWidth: 1280, codedHeight: 720 };
  const layout: FrameLayout = { ...size, strideBytes: measureLayout(size).strideBytes };
  const picture = softPicture(layout);
  const placement = { left: 0, top: 0, width: spec.width, height: spec.height };
  const described = { ...spec, format, width: 1280, height: 720, filter: 'bilinear', placement, pad: 0, matrix };
  const sizes = { tensorWidth: spec.width, tensorHeight: spec.height };
  const theirs = await peer.prepare({ ...described, ...sizes }, frames, picture);
  if (!(theirs instanceof Uint8Array)) throw new Error(`${name}: ${theirs.unsupported}`);

  const buffers = Array.from({ length: frames }, () => kernels.allocate(picture.byteLength));
  using warp = createWarp(kernels, layout, spec);
  using tensor = kernels.allocateTensor({ name: 'x', dataType: 'float32', shape: warp.shape });
  const pictures = buffers.map(({ bytes }) => {
    bytes.set(picture);
    return { ...layout, data: bytes };
  });
  const [a, c, e, b, d, f, m14, m24, m44] = matrix;
  const where: Transform = { a, b, c, d, e, f, m14, m24, m44 };
  warp.run(pictures[0], tensor, where);
  const { buffer, byteOffset, byteLength } = tensor.data;
  const difference = tensorDifference(spec, new Uint8Array(buffer, byteOffset, byteLength), theirs);
  // They convert YUV before they warp it.
  const most = format === 'I420' || format === 'NV12' ? 6 : 1.01;
  if (!difference || difference.most > most) throw new Error(`${name}: another tensor, off by ${difference?.most}`);

  let turn = 0;
  const own = () => {
    const times = Array.from({ length: runsPerTurn }, () => {
      const start = performance.now();
      warp.run(pictures[turn++ % frames], tensor, where);
      return performance.now() - start;
    });
    return median(times);
  };
  for (let i = 0; i < 20; i++) own();
  const ours: number[] = [];
  const others: number[] = [];
  for (let n = 0; n < pairs; n++) {
    const first = n % 2 ? own() : undefined;
    others.push(median((await peer.time(runsPerTurn)).map(({ ms }) => ms)));
    ours.push(first ?? own());
  }
  for (const each of buffers) each.close();
  const medians = { ownMedianMs: median(ours), medianMs: median(others) };
  return { case: name, path: kernels.tier, ...medians, ...pairedSpeedup(ours, others), n: pairs, difference };
}

export default async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      python: { type: 'string' },
      pairs: { type: 'string', default: '30' },
      case: { type: 'string', default: '' },
    },
  });
  using peer = new PeerProcess(findPython(values.python), ['test/bench/peers/native.py', 'opencv-numpy']);
  const greeting = await peer.greeting();
  if ('missing' in greeting) throw new Error(greeting.missing);
  for (const tier of ['wasm-simd', 'wasm-scalar', 'native-simd'] as const) {
    const kernels = await loadKernels({ tier, importKoffi: async () => ({ default: koffi as never }) }).catch(
      (error: Error) => console.error(`${tier}: ${error.message}`),
    );
    if (!kernels) continue;
    for (const { name, format, matrix } of cases.filter((each) => each.name.includes(values.case))) {
      const row = await compare(kernels, peer, name, format, matrix, Number(values.pairs));
      console.log(JSON.stringify({ ...row, opencv: greeting.version }));
    }
  }
  return 0;
}
