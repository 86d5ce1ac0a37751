import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { sourceDefinitionFromPath } from '../acquire/create-source.node.js';
import { type PipelineDefinition, type PipelineDefinitionInput, pipelineDefinitionSchema } from '../core/definition.js';
import { InvalidArgumentError } from '../core/error.js';
import { parse } from '../core/parse.js';
import { preprocessSpecSchema } from '../core/preprocess-spec.js';
import { recordingFiles, recordingSchema } from '../core/recording.js';
import type { ModelOptions, RunOptions, SyntheticOptions } from './run-options.js';
import { UsageError } from './usage-error.js';

/** Folder of the model that the package brings along. */
export const builtInModel = fileURLToPath(new URL('../../models/conveyor', import.meta.url));

/**
 * The arc of a conveyor: parts are followed, counted where they pass the middle, and defective ones rejected there.
 * The line runs upwards, so that forward is with the belt, from left to right.
 */
export const conveyorArc = {
  track: { type: 'sort' },
  rules: [{ type: 'line', id: 'line', from: { x: 0.5, y: 1 }, to: { x: 0.5, y: 0 }, reject: ['*-defective'] }],
} as const satisfies Pick<PipelineDefinition, 'rules'> & Pick<PipelineDefinitionInput, 'track'>;

type SourceInput = PipelineDefinitionInput['source'];
type ModelInput = PipelineDefinitionInput['model'];

/**
 * Turns the options of `run` into a pipeline definition.
 * @throws {UsageError} options that do not go together. @throws {InvalidArgumentError} ERR_ARGUMENT a file of options
 * that is missing or wrong. @throws {SourceError} ERR_SOURCE a source that is not there.
 */
export async function runDefinition(options: RunOptions): Promise<PipelineDefinitionInput> {
  const { record, annotate } = options;
  if (record !== undefined && annotate !== undefined && resolve(record) === resolve(annotate)) {
    throw new UsageError({
      subject: '--annotate',
      expected: 'another folder than --record, as each writes into an absent or empty one',
      received: annotate,
      remedy: 'Name two folders.',
    });
  }
  const source = await sourceDefinition(options);
  const recorded = source.type === 'recording' ? await recordedDefinition(source.path) : undefined;
  const chosen = await modelSettings(options);
  if (isEndless(source) && options.json && options.frames === undefined && options.duration === undefined) {
    throw new UsageError({
      subject: '--json with an endless source',
      expected: '--frames N or --duration TIME',
      received: 'neither',
      remedy: 'Say where to end, or use --jsonl, which prints frame by frame.',
    });
  }
  // A replay with the same model takes its settings from the recording, so that results are equal.
  const settings = recorded && sameModel(recorded.model, chosen.model) ? recorded : undefined;
  return {
    ...chosen,
    source,
    preprocess: chosen.preprocess ?? settings?.preprocess,
    filter: options.filter ?? (chosen.preprocess ? undefined : settings?.filter),
    execution: options.execution,
    slots: options.slots,
    queue: options.queue,
    deadlineMs: options.deadline,
    pace: options.fps,
    frames: options.frames,
    durationMs: options.duration,
    postprocess: {
      scoreThreshold: options.scoreThreshold ?? settings?.postprocess.scoreThreshold,
      iouThreshold: options.iouThreshold ?? settings?.postprocess.iouThreshold,
      topK: options.topK ?? settings?.postprocess.topK,
    },
    ...arcDefinition(options, source, recorded),
    sinks: [
      ...(options.record === undefined ? [] : [{ type: 'recording' as const, path: options.record }]),
      ...(options.annotate === undefined ? [] : [{ type: 'annotate' as const, path: options.annotate }]),
    ],
  };
}

/** What the options choose about model and runtime, for benches, which bring frames of their own. */
export async function modelSettings(
  options: ModelOptions,
): Promise<
  Pick<PipelineDefinitionInput, 'model' | 'preprocess' | 'runtime' | 'runtimeOptions' | 'threads' | 'kernels'>
> {
  return {
    model: await modelDefinition(options),
    preprocess: options.preprocess ? await readPreprocess(options.preprocess) : undefined,
    runtime: options.runtime,
    runtimeOptions: options.runtimeOption,
    threads: options.threads,
    kernels: options.kernels,
  };
}

async function modelDefinition(options: ModelOptions): Promise<ModelInput> {
  const path = options.model ?? builtInModel;
  const kind = await stat(path).then(
    (entry) => (entry.isDirectory() ? 'folder' : 'file'),
    () => 'missing',
  );
  const bundle = kind === 'folder' || (kind === 'file' && basename(path) === 'model.json');
  if (bundle || (kind === 'missing' && options.preset === undefined)) {
    if (options.preset !== undefined || options.labels !== undefined) {
      throw new UsageError({
        subject: options.preset === undefined ? '--labels' : '--preset',
        expected: 'a bare model file beside it',
        received: options.model === undefined ? 'no --model' : `the bundle ${path}`,
        remedy: 'A bundle says itself how it is used; leave the option out, or name an ONNX file.',
      });
    }
    const folder = bundle && kind === 'file' ? dirname(path) : path;
    return { type: 'bundle', path: folder, variant: options.variant, goldenCheck: options.goldenCheck };
  }
  if (options.preset === undefined) {
    throw new UsageError({
      subject: `--model ${path}`,
      expected: 'a --preset beside a bare model file (yolox or classification)',
      received: 'none',
      remedy: 'Add --preset, or name the folder of a bundle with its model.json.',
    });
  }
  if (options.variant !== undefined) {
    throw new UsageError({ subject: '--variant', expected: 'a bundle', received: `the bare file ${path}` });
  }
  const labels = options.labels === undefined ? undefined : await readLabels(options.labels);
  return { type: 'file', path, preset: options.preset, labels };
}

/** Settings of the synthetic camera as its definition. */
function syntheticDefinition(options: SyntheticOptions & { fps?: number }): SourceInput {
  const { seed, size, speed, noise, light, blur, density, fps } = options;
  // Paced, the scene moves at the camera's rate: a belt does not run faster because it is looked at more often.
  return { type: 'synthetic', seed, ...size, frameRate: fps, speed, noise, light, blur, density };
}

async function sourceDefinition(options: RunOptions): Promise<SourceInput> {
  if (options.source === 'synthetic') return syntheticDefinition(options);
  for (const name of ['seed', 'size', 'speed', 'noise', 'light', 'blur', 'density'] as const) {
    if (options[name] === undefined) continue;
    throw new UsageError({
      subject: `--${name}`,
      expected: '--source synthetic',
      received: `--source ${options.source}`,
    });
  }
  return sourceDefinitionFromPath(options.source);
}

function isEndless(source: SourceInput): boolean {
  return source.type === 'synthetic';
}

function arcDefinition(
  options: RunOptions,
  source: SourceInput,
  recorded: PipelineDefinition | undefined,
): Pick<PipelineDefinitionInput, 'track' | 'rules'> {
  if (options.line && options.track === 'none') {
    throw new UsageError({ subject: '--line', expected: 'a tracker', received: '--track none' });
  }
  const given = recorded ?? (source.type === 'synthetic' ? conveyorArc : undefined);
  const [usual] = given?.rules ?? [];
  const rules: PipelineDefinitionInput['rules'] = options.line
    ? [{ ...usual, type: 'line', ...options.line }]
    : [...(given?.rules ?? [])];
  if (options.reject && rules.length === 0) {
    throw new UsageError({ subject: '--reject', expected: 'a --line to reject at', received: 'none' });
  }
  if (options.track === 'none') return {};
  return {
    track: given?.track ?? (options.track || rules.length > 0 ? { type: 'sort' } : undefined),
    rules: options.reject ? rules.map((rule) => ({ ...rule, reject: options.reject })) : rules,
  };
}

// What a recording tells of its pipeline; a wrong recording is reported by the source that reads it.
async function recordedDefinition(folder: string): Promise<PipelineDefinition | undefined> {
  try {
    const text = await readFile(resolve(folder, recordingFiles.index), 'utf8');
    const index = v.parse(recordingSchema, JSON.parse(text));
    const definition = v.safeParse(pipelineDefinitionSchema, index.definition);
    return definition.success ? definition.output : undefined;
  } catch {
    return undefined;
  }
}

function sameModel(a: ModelInput, b: ModelInput): boolean {
  if (resolve(a.path) !== resolve(b.path)) return false;
  if (a.type === 'bundle') return b.type === 'bundle' && a.variant === b.variant;
  return b.type === 'file' && a.preset === b.preset;
}

async function readPreprocess(path: string) {
  return parse(preprocessSpecSchema, parseJson(await readText(path, '--preprocess'), path), path);
}

async function readLabels(path: string): Promise<string[]> {
  const text = await readText(path, '--labels');
  const json = text.trimStart().startsWith('[');
  const lines = text.trim() === '' ? [] : text.trimEnd().split(/\r?\n/);
  const labels = json ? parseJson(text, path) : lines.map((label) => label.trim());
  return parse(v.pipe(v.array(v.string()), v.minLength(1)), labels, path);
}

async function readText(path: string, flag: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new InvalidArgumentError({
      subject: `${flag} ${path}`,
      expected: 'a readable file',
      received: code === 'ENOENT' ? 'no such file' : message,
      remedy: 'Check the path.',
      cause,
    });
  }
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new InvalidArgumentError({
      subject: path,
      expected: 'JSON',
      received: (cause as Error).message,
      remedy: 'Correct the file.',
      cause,
    });
  }
}
