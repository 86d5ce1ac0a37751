import { openVinoLibrary } from '../openvino.js';
import { hangMs } from './child-faults.js';
import type { ClientPlan } from './soak-client.js';
import type { StoredBundles } from './store-bundles.js';

/** What the pages of a soak ask for: two that get every frame, where openvino is there, and two on cameras. */
export function plansFor(bundles: StoredBundles, random: () => number): ClientPlan[] {
  const { usual, given } = basics(bundles);
  const frames = (least: number, most: number) => () => least + (random() % (most - least));
  return [
    {
      name: 'belt',
      lossless: true,
      frames: frames(120, 480),
      definition: { ...given, runtime: ['onnx-native', 'onnx-web'] },
    },
    ...(openVinoLibrary()
      ? [
          {
            name: 'openvino',
            lossless: true,
            frames: frames(120, 480),
            // One loss is enough for the next runtime to take over.
            definition: {
              ...given,
              pace: 8,
              runtime: ['openvino', 'onnx-native'],
              recovery: { hangMs, restarts: 2 },
            },
          } satisfies ClientPlan,
        ]
      : []),
    {
      name: 'live belt',
      lossless: false,
      frames: frames(100, 400),
      definition: { ...usual, source: { type: 'camera', deviceId: 'belt' }, runtime: ['onnx-web'] },
    },
    {
      name: 'camera',
      lossless: false,
      frames: frames(150, 400),
      preview: true,
      definition: { ...usual, source: { type: 'camera', deviceId: 'line' }, runtime: ['onnx-native', 'onnx-web'] },
    },
  ];
}

/** What a page asks for that comes for a scenario only: two runtimes, of which the first is given up with its second loss. */
export function visitorFor(bundles: StoredBundles): ClientPlan {
  const { given } = basics(bundles);
  const definition: ClientPlan['definition'] = {
    ...given,
    pace: 4,
    runtime: ['onnx-native', 'onnx-web'],
    recovery: { hangMs, restarts: 1 },
  };
  return { name: 'visitor', lossless: true, frames: () => 12, definition };
}

function basics(bundles: StoredBundles) {
  const rule = {
    type: 'line',
    id: 'gate',
    from: { x: 0.5, y: 1 },
    to: { x: 0.5, y: 0 },
    reject: ['*-defective'],
  } as const;
  const usual: ClientPlan['definition'] = {
    model: { type: 'bundle', path: bundles.good[0] },
    track: { type: 'sort' },
    rules: [{ ...rule, reject: [...rule.reject] }],
    recovery: { hangMs, restarts: 20 },
    slots: 2,
  };
  const belt = { type: 'synthetic', seed: 7, width: 640, height: 360 } as const;
  return { usual, given: { ...usual, source: belt, pace: 12, queue: 'wait' } as const };
}
