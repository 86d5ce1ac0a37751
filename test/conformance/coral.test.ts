import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, it } from 'vitest';
import { decodePicture } from '../../src/acquire/decode-picture.node.js';
import type { FrameLayout } from '../../src/core/frame.js';
import { parse } from '../../src/core/parse.js';
import { preprocessSpecSchema } from '../../src/core/preprocess-spec.js';
import type { ResampleFilter } from '../../src/core/resample-filter.js';
import { loadKernels } from '../../src/kernels/load-kernels.node.js';
import { createPlan } from '../../src/preprocess/plan.js';
import { assetPath, describeWith, haveAssets } from '../assets.js';
import { havePython, python } from '../python.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const haveInterpreter = havePython('ai_edge_litert');

interface Expected {
  model: string;
  image: string;
  top1: number;
  min_score: number;
  observed_pillow: { bilinear: [number, number] };
}
interface Answer {
  classId: number;
  score: number;
}

const what = haveAssets
  ? `Python with ai-edge-litert (${python}; test/fixtures/python-requirements.txt)`
  : 'test assets';

describeWith("Coral's quantised classifiers", haveAssets && haveInterpreter, what, () => {
  const cases: Expected[] = haveAssets
    ? JSON.parse(readFileSync(assetPath('eval/EXPECTED_classification.json'), 'utf8')).cases
    : [];
  const answers = new Map<string, Answer[]>();

  beforeAll(async () => {
    const kernels = await loadKernels();
    const folder = mkdtempSync(join(tmpdir(), 'reflexarc-coral-'));
    try {
      for (const filter of ['bilinear-tf-legacy', 'bilinear-antialias'] as const) {
        const paths = await Promise.all(
          cases.map(async ({ model, image }, i) => {
            const tensor = join(folder, `${filter}-${i}.u8`);
            writeFileSync(tensor, await makeTensor(image, inputSize(model), filter));
            return [assetPath(`models/tflite/${model}`), tensor];
          }),
        );
        const script = join(root, 'test/fixtures/run-tflite.py');
        const output = execFileSync(python, [script, ...paths.flat()], { stdio: ['ignore', 'pipe', 'ignore'] });
        answers.set(filter, JSON.parse(output.toString()));
      }
    } finally {
      rmSync(folder, { recursive: true });
    }

    async function makeTensor(image: string, size: number, filter: ResampleFilter): Promise<Uint8Array> {
      let frame: (FrameLayout & { data: Uint8Array }) | undefined;
      await decodePicture(readFileSync(assetPath(image)), image, (codedWidth, codedHeight) => {
        const data = new Uint8Array(codedWidth * codedHeight * 3);
        frame = { format: 'RGB', codedWidth, codedHeight, strideBytes: codedWidth * 3, data };
        return data;
      });
      const input = {
        width: size,
        height: size,
        resize: 'stretch',
        filter,
        layout: 'nhwc',
        dataType: 'uint8',
      } as const;
      using plan = createPlan(kernels, frame!, parse(preprocessSpecSchema, input, 'spec'));
      const data = new Uint8Array(size * size * 3);
      plan.run(frame!, { name: 'input', dataType: 'uint8', shape: plan.shape, data });
      return data;
    }
  }, 60_000);

  // The models' names say their input: mobilenet_v1_0.25_128_quant, mobilenet_v2_1.0_224_inat_bird_quant.
  function inputSize(model: string): number {
    return Number(/_(\d{3})_/.exec(model)![1]);
  }

  it('there are four', () => {
    expect(cases).toHaveLength(4);
  });

  it.each(cases.map((each, i) => ({ ...each, i })))(
    '$model names $image with at least $min_score on bilinear-tf-legacy tensors',
    ({ i, top1, min_score }) => {
      const { classId, score } = answers.get('bilinear-tf-legacy')![i];
      expect(classId).toBe(top1);
      expect(score).toBeGreaterThanOrEqual(min_score);
    },
  );

  it.each(cases.map((each, i) => ({ ...each, i })))(
    '$model on $image does with bilinear-antialias what it does with Pillow’s',
    ({ i, top1, min_score, observed_pillow }) => {
      const [classId, score] = observed_pillow.bilinear;
      const answer = answers.get('bilinear-antialias')![i];
      expect(answer.classId).toBe(classId);
      expect(answer.score).toBeCloseTo(score, 4);
      const passes = (one: Answer) => one.classId === top1 && one.score >= min_score;
      expect(passes(answer)).toBe(passes({ classId, score }));
    },
  );

  it('Pillow’s filter misses three of them', () => {
    const passed = cases.filter(({ top1, min_score }, i) => {
      const { classId, score } = answers.get('bilinear-antialias')![i];
      return classId === top1 && score >= min_score;
    });
    expect(passed.map(({ model }) => model)).toEqual(['mobilenet_v2_1.0_224_inat_bird_quant.tflite']);
  });
});
