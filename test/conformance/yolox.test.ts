import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { decodePicture } from '../../src/acquire/decode-picture.node.js';
import { intersectionOverUnion } from '../../src/core/box.js';
import type { FrameLayout } from '../../src/core/frame.js';
import type { PreprocessSpec } from '../../src/core/preprocess-spec.js';
import type { Detection } from '../../src/core/result.js';
import { onnxWebRuntime } from '../../src/infer/onnx-web/onnx-web-runtime.node.js';
import type { Session } from '../../src/infer/runtime.js';
import type { Kernels } from '../../src/kernels/kernels.js';
import { loadKernels } from '../../src/kernels/load-kernels.node.js';
import { createHead } from '../../src/postprocess/create-head.js';
import type { Head } from '../../src/postprocess/head.js';
import { createPreset, type Preset } from '../../src/postprocess/presets.js';
import { createPlan } from '../../src/preprocess/plan.js';
import { assetPath, describeWithAssets } from '../assets.js';

/** classId, score, x, y, width, height. */
type Row = [number, number, number, number, number, number];

interface Reference {
  pictures: Record<string, Row[]>;
  frames: Record<string, Row[]>;
}

interface Picture extends FrameLayout {
  data: Uint8Array;
}

const pictureFolder = 'eval/tiny_coco/images/train2017/';

describeWithAssets('YOLOX-nano, from the decoded picture to the boxes', () => {
  let kernels: Kernels;
  let session: Session;
  let preset: Preset;
  let head: Head;

  beforeAll(async () => {
    kernels = await loadKernels();
    const name = 'models/onnx/yolox_nano.onnx';
    session = await onnxWebRuntime.open(readFileSync(assetPath(name)), name, {
      threads: 1,
      slots: 1,
      allocator: kernels,
    });
    preset = createPreset('yolox', session);
    head = createHead(preset.head, {
      input: session.inputs[0],
      layout: preset.preprocess.layout,
      outputs: session.outputs,
      labels: preset.labels,
      limits: preset.limits,
      kernels,
    });
  });

  afterAll(() => session?.close());

  async function detect(picture: Picture, spec: PreprocessSpec): Promise<Detection[]> {
    using plan = createPlan(kernels, picture, spec);
    const [slot] = session.slots;
    plan.run(picture, slot.inputs[0]);
    await session.run(slot);
    return head.decode(slot.outputs, plan.transform) as Detection[];
  }

  async function readPicture(name: string): Promise<Picture> {
    let picture: Picture | undefined;
    await decodePicture(readFileSync(assetPath(pictureFolder + name)), name, (codedWidth, codedHeight) => {
      const data = new Uint8Array(codedWidth * codedHeight * 3);
      picture = { format: 'RGB', codedWidth, codedHeight, strideBytes: codedWidth * 3, data };
      return data;
    });
    return picture as Picture;
  }

  /** Pairs expected boxes with found ones of their class, each once, nearest first; returns what is left over. */
  function unmatched(
    expected: Row[],
    found: Detection[],
    px: number,
    score: number,
  ): { missing: Row[]; extra: Detection[] } {
    const extra = [...found];
    const missing = expected.filter(([classId, expectedScore, ...box]) => {
      const at = extra.findIndex(
        (item) =>
          item.classId === classId &&
          Math.abs(item.score - expectedScore) <= score &&
          [item.box.x, item.box.y, item.box.x + item.box.width, item.box.y + item.box.height].every(
            (edge, i) => Math.abs(edge - (i < 2 ? box[i] : box[i - 2] + box[i])) <= px,
          ),
      );
      if (at >= 0) extra.splice(at, 1);
      return at < 0;
    });
    return { missing, extra };
  }

  it('agrees with published detections made with Pillow, to 1 px and 0.01', async () => {
    const path = assetPath('eval/reference/yolox_nano_tiny_coco_train2017.json');
    const annotations = assetPath('eval/tiny_coco/annotations/instances_train2017.json');
    const published = JSON.parse(readFileSync(path, 'utf8')).detections_catid_score_xyxy as Record<string, Row[]>;
    const categories = JSON.parse(readFileSync(annotations, 'utf8')).categories as { id: number; name: string }[];
    categories.sort((a, b) => a.id - b.id);
    expect(preset.labels).toEqual(categories.map(({ name }) => name));
    const spec: PreprocessSpec = { ...preset.preprocess, filter: 'bilinear-antialias' };
    const names = Object.keys(published);
    expect(names).toHaveLength(32);
    for (const name of names) {
      const expected = published[name].map(([category, score, x1, y1, x2, y2]): Row => {
        return [categories.findIndex(({ id }) => id === category), score, x1, y1, x2 - x1, y2 - y1];
      });
      const { missing, extra } = unmatched(expected, await detect(await readPicture(name), spec), 1, 0.01);
      expect({ name, missing, extra: extra.filter(({ score }) => score > 0.31) }).toEqual({
        name,
        missing: [],
        extra: [],
      });
    }
  });

  const reference: Reference = JSON.parse(
    readFileSync(new URL('../fixtures/yolox-reference.json', import.meta.url), 'utf8'),
  );

  // Pictures and tensors are equal bit for bit; the runtimes round their sums in different orders.
  function expectEqual(name: string, expected: Row[], found: Detection[]): void {
    const { missing, extra } = unmatched(expected, found, 0.05, 0.0005);
    const sure = missing.filter(([, score]) => score > 0.3005);
    expect({ name, missing: sure, extra }).toEqual({ name, missing: [], extra: [] });
  }

  it('equals the demo with OpenCV and native ONNX Runtime on pictures', async () => {
    const names = readdirSync(assetPath(pictureFolder)).filter((name) => name.endsWith('.jpg'));
    expect(names.sort()).toEqual(Object.keys(reference.pictures));
    for (const name of names) {
      expectEqual(name, reference.pictures[name], await detect(await readPicture(name), preset.preprocess));
    }
  });

  it('equals the demo with OpenCV and native ONNX Runtime on frames of a video', async () => {
    const [codedWidth, codedHeight] = [1280, 720];
    const strideBytes = codedWidth * 3;
    const command = [
      '-v',
      'error',
      '-i',
      assetPath('video/mmdet_road_demo.mp4'),
      '-f',
      'rawvideo',
      '-pix_fmt',
      'rgb24',
      '-',
    ];
    const raw = execFileSync('ffmpeg', command, { maxBuffer: 2 ** 28 });
    expect(raw.length).toBe(67 * strideBytes * codedHeight);
    for (const [frame, expected] of Object.entries(reference.frames)) {
      const start = Number(frame) * strideBytes * codedHeight;
      const data = raw.subarray(start, start + strideBytes * codedHeight);
      const found = await detect({ format: 'RGB', codedWidth, codedHeight, strideBytes, data }, preset.preprocess);
      expectEqual(`frame ${frame}`, expected, found);
    }
  });

  it('finds a mirrored picture mirrored', async () => {
    const { data, ...layout } = await readPicture('000000397133.jpg');
    const mirrored = new Uint8Array(data.length);
    for (let at = 0; at < data.length; at += layout.strideBytes) {
      for (let x = 0; x < layout.codedWidth; x++) {
        const from = at + x * 3;
        mirrored.set(data.subarray(from, from + 3), at + (layout.codedWidth - 1 - x) * 3);
      }
    }
    const straight = (await detect({ data, ...layout }, preset.preprocess)).filter(({ score }) => score >= 0.5);
    const turned = await detect({ data: mirrored, ...layout }, preset.preprocess);
    expect(straight.length).toBeGreaterThan(2);
    const partners = straight.filter(({ classId, box }) => {
      const image = { ...box, x: layout.codedWidth - box.x - box.width };
      return turned.some((item) => item.classId === classId && intersectionOverUnion(item.box, image) >= 0.8);
    });
    expect(partners.length / straight.length).toBeGreaterThanOrEqual(0.75);
  });
});
