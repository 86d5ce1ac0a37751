import { type LineRuleDefinition, type ModelDefinition, type PipelineDefinitionInput, parseRuntimes } from 'reflexarc';
import type { Settings } from './settings.js';

/** The model in use: the built-in one, or a file that was dropped. */
export interface ModelChoice {
  name: string;
  definition: ModelDefinition;
  /** Bytes of a dropped model, by the path in its definition. */
  files?: Record<string, Blob>;
  /** Labels to reject; a leading `*` matches any beginning. */
  reject: string[];
}

/** The model that is served beside the page. */
export const builtInModel: ModelChoice = {
  name: 'Conveyor',
  definition: { type: 'bundle', path: 'models/conveyor', goldenCheck: true },
  reject: ['*-defective'],
};

/** A dropped file as a model. Empty `labels` leave the preset's or the model's own. */
export function ownModel(file: File, preset: 'yolox' | 'classification', labels: string, reject: string): ModelChoice {
  const list = splitList(labels);
  return {
    name: file.name,
    definition: { type: 'file', path: file.name, preset, ...(list.length > 0 ? { labels: list } : {}) },
    files: { [file.name]: file },
    reject: splitList(reject),
  };
}

/** The line across the middle that parts are counted at; upwards, so that forward is from left to right. */
export function lineOf(model: ModelChoice): LineRuleDefinition {
  return { type: 'line', id: 'line', from: { x: 0.5, y: 1 }, to: { x: 0.5, y: 0 }, reject: model.reject };
}

/** The pipeline that settings and model ask for. It is plain data and runs in Node as it is. */
export function definitionOf(settings: Settings, model: ModelChoice): PipelineDefinitionInput {
  const source = sourceOf(settings);
  return {
    source,
    model: model.definition,
    ...(settings.source === 'host'
      ? { runtime: parseRuntimes(settings.runtime) }
      : { executionProviders: settings.provider.split(',') as ('wasm' | 'webgpu')[] }),
    threads: settings.threads,
    queue: 'latest',
    // A belt runs on, whether it is looked at or not.
    pace: source.type === 'synthetic' ? settings.frameRate : undefined,
    deadlineMs: settings.deadlineMs,
    track: { type: 'sort' },
    rules: [lineOf(model)],
  };
}

/** What is being looked at, in a few words. */
export function describeSource(settings: Settings, what?: string): { name: string; icon: string } {
  const { source, width, height, frameRate } = settings;
  if (source === 'camera') return { name: what ?? 'Camera', icon: '#i-camera' };
  if (source === 'host') return { name: `Host · ${settings.camera || 'Synthetic'}`, icon: '#i-host' };
  if (source === 'file') return { name: what ?? 'File', icon: '#i-file' };
  return { name: `Synthetic · ${width} × ${height} · ${frameRate} fps`, icon: '#i-belt' };
}

function sourceOf(settings: Settings): PipelineDefinitionInput['source'] {
  const { seed, width, height, frameRate, light, noise, speed } = settings;
  const belt = { type: 'synthetic', seed, width, height, frameRate, light, noise, speed } as const;
  switch (settings.source) {
    case 'synthetic':
      return belt;
    case 'host':
      return settings.camera ? { type: 'camera', deviceId: settings.camera } : belt;
    case 'camera':
      return {
        type: 'camera',
        deviceId: settings.deviceId || undefined,
        width: settings.cameraWidth || undefined,
        height: settings.cameraHeight || undefined,
        frameRate: settings.cameraRate || undefined,
      };
    case 'file':
      return { type: 'media' };
  }
}

function splitList(text: string): string[] {
  return text
    .split(/[,\n]/)
    .map((word) => word.trim())
    .filter((word) => word !== '');
}
