import * as v from 'valibot';
import { kernelTiers } from './kernel-tier.js';
import { preprocessSpecSchema } from './preprocess-spec.js';
import { resampleFilters } from './resample-filter.js';
import { executionProviderIds, runtimeChoicesSchema } from './runtime-choice.js';
import { runtimeOptionsSchema } from './runtime-options.js';

const finite = v.pipe(v.number(), v.finite());
const positive = v.pipe(finite, v.gtValue(0));
const unit = v.pipe(finite, v.minValue(0), v.maxValue(1));
const count = v.pipe(v.number(), v.integer(), v.minValue(1));
const path = v.pipe(v.string(), v.nonEmpty());
/** A module's URL and the plain-data options it is called with: how own code enters a definition. */
const moduleSchema = { type: v.literal('module'), url: path, options: v.optional(v.unknown()) };

/** Settings of the synthetic conveyor camera. A seed gives the same bytes in every engine. */
export const syntheticSourceSchema = v.strictObject({
  type: v.literal('synthetic'),
  seed: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xffffffff)), 1),
  width: v.optional(v.pipe(v.number(), v.integer(), v.minValue(64), v.maxValue(4096)), 1280),
  height: v.optional(v.pipe(v.number(), v.integer(), v.minValue(64), v.maxValue(4096)), 720),
  frameRate: v.optional(positive, 30),
  /** Brightness of the lamp, 1 = as designed. */
  light: v.optional(v.pipe(finite, v.minValue(0.2), v.maxValue(2)), 1),
  /** Exposure blur along the belt, 0 = frozen, 1 = a full frame time. */
  blur: v.optional(unit, 0.25),
  /** Standard deviation of the sensor noise in 8-bit steps. */
  noise: v.optional(v.pipe(finite, v.minValue(0), v.maxValue(32)), 2),
  /** Belt speed in px per second at 1280 px width. */
  speed: v.optional(v.pipe(finite, v.minValue(0), v.maxValue(2000)), 300),
  /** How crowded the belt is, 1 = as designed. */
  density: v.optional(v.pipe(finite, v.minValue(0.1), v.maxValue(2)), 1),
});

const pixels = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(16384));

/** A camera of the page's machine. What is left out is the browser's choice; what is given is asked for exactly. */
const cameraSourceSchema = v.strictObject({
  type: v.literal('camera'),
  deviceId: v.optional(path),
  facingMode: v.optional(v.picklist(['user', 'environment'])),
  width: v.optional(pixels),
  height: v.optional(pixels),
  frameRate: v.optional(positive),
});

/** Where frames come from. `path`s are relative to the working directory, in a page to the page. */
export const sourceSchema = v.variant('type', [
  syntheticSourceSchema,
  cameraSourceSchema,
  /** A screen, window or tab that the person picks. */
  v.strictObject({ type: v.literal('screen'), frameRate: v.optional(positive) }),
  /** Pixels that the application holds: a `<video>`, a canvas, a stream, given beside the definition as `media`. */
  v.strictObject({ type: v.literal('media') }),
  v.strictObject({ type: v.literal('pictures'), path }),
  v.strictObject({ type: v.literal('video'), path }),
  v.strictObject({ type: v.literal('recording'), path }),
  v.strictObject(moduleSchema),
]);

/**
 * The model: a bundle's folder, or a bare file with a preset that says how to use it. On a host, `store:` and the sha256
 * of a bundle's `model.json` name a bundle of its store.
 */
const modelSchema = v.variant('type', [
  v.strictObject({
    type: v.literal('bundle'),
    path,
    /** Id of the variant; the first one by default. */
    variant: v.optional(v.string()),
    /** Compares the golden sample before the first frame. */
    goldenCheck: v.optional(v.boolean(), true),
  }),
  v.strictObject({
    type: v.literal('file'),
    path,
    preset: v.picklist(['yolox', 'classification']),
    labels: v.optional(v.array(v.string())),
  }),
]);

/** A straight line that tracked objects are counted at. */
export const lineRuleSchema = v.strictObject({
  type: v.literal('line'),
  id: v.optional(v.string(), 'line'),
  /** End points, in fractions of the frame's width and height. */
  from: v.strictObject({ x: finite, y: finite }),
  to: v.strictObject({ x: finite, y: finite }),
  /** Labels that give a `reject` event; a leading `*` matches any beginning. */
  reject: v.optional(v.array(v.string()), []),
});

/** What is done with results. */
const sinkSchema = v.variant('type', [
  v.strictObject({ type: v.literal('jsonl'), path }),
  v.strictObject({ type: v.literal('recording'), path }),
  v.strictObject({ type: v.literal('annotate'), path }),
  /** Sends results and rejects as JSON to a WebSocket server; in a page. */
  v.strictObject({
    type: v.literal('websocket'),
    url: path,
    messages: v.optional(v.array(v.picklist(['result', 'reject', 'fault']))),
  }),
  v.strictObject(moduleSchema),
]);

/**
 * A pipeline as plain data: it survives JSON and a structured clone, and runs identically on the calling thread
 * (`execution: 'inline'`) and in a worker.
 */
export const pipelineDefinitionSchema = v.strictObject({
  version: v.optional(v.literal(1), 1),
  source: sourceSchema,
  model: modelSchema,
  /** Overrides the whole preprocessing of the model. */
  preprocess: v.optional(preprocessSpecSchema),
  /** Overrides one field of the model's preprocessing: the resize filter. */
  filter: v.optional(v.picklist(resampleFilters)),
  /** Order of preference, each with its device behind a colon where it names one; nothing else is tried. */
  runtime: v.optional(runtimeChoicesSchema, ['onnx-web']),
  /** Order of preference inside ONNX Runtime Web, where `runtime` names none; nothing else is tried. */
  executionProviders: v.optional(v.pipe(v.array(v.picklist(executionProviderIds)), v.minLength(1)), ['wasm']),
  /** Options of the native runtimes, by runtime. */
  runtimeOptions: v.optional(runtimeOptionsSchema, {}),
  /** Threads that a runtime computes with on the CPU. A page that is not cross-origin isolated has one; `info.runtime` says so. */
  threads: v.optional(v.pipe(count, v.maxValue(64)), 1),
  /** Kernel tier; `auto` takes the fastest that runs here. */
  kernels: v.optional(v.picklist(['auto', ...kernelTiers]), 'auto'),
  execution: v.optional(v.picklist(['worker', 'inline']), 'worker'),
  /** What happens to a worker that crashes or hangs; nothing where `execution` is `inline`. */
  recovery: v.optional(
    v.strictObject({
      /**
       * A worker that has a frame, and gives no sign for this many ms, hangs: it is replaced. Five times the warm-up
       * where that is longer. Time in which the owner itself stood still, asleep or hidden, does not count.
       */
      hangMs: v.optional(positive, 10_000),
      /**
       * How many ms a worker may be silent between two steps of getting ready, one of which is to compile the model. Engines that
       * TensorRT builds take minutes.
       */
      loadMs: v.optional(positive, 120_000),
      /** How often in a row a worker is replaced before the run ends; one that has worked for a minute starts anew. */
      restarts: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 5),
    }),
    {},
  ),
  /** Frames in flight: with two, the owner acquires a frame while the worker infers another. */
  slots: v.optional(v.picklist([1, 2]), 2),
  queue: v.optional(v.picklist(['latest', 'wait'])),
  /**
   * A frame of another size or pixel format than the first one: `replan` takes it as it is, and forgets tracks where the size is
   * another; `refuse` makes it a fault, ERR_SHAPE. A worker that was replaced goes by the first frame that it gets.
   */
  layoutChange: v.optional(v.picklist(['replan', 'refuse']), 'replan'),
  /** Frames older than this before inference are dropped; results later than this are marked. */
  deadlineMs: v.optional(positive),
  /** Paces a source like a camera of this rate, in frames per second. */
  pace: v.optional(positive),
  /** Ends the source after this many frames, dropped ones included. */
  frames: v.optional(count),
  /** Ends the source after this many ms. */
  durationMs: v.optional(positive),
  postprocess: v.optional(
    v.strictObject({
      scoreThreshold: v.optional(unit),
      iouThreshold: v.optional(unit),
      topK: v.optional(count),
    }),
    {},
  ),
  track: v.optional(
    v.strictObject({
      type: v.literal('sort'),
      /** How long a track lives, in ms, without a detection. */
      maxAgeMs: v.optional(positive, 200),
      /** Detections before a track is reported. */
      minHits: v.optional(count, 3),
      iouThreshold: v.optional(unit, 0.3),
    }),
  ),
  rules: v.optional(v.array(lineRuleSchema), []),
  sinks: v.optional(v.array(sinkSchema), []),
});

export type PipelineDefinition = v.InferOutput<typeof pipelineDefinitionSchema>;
/** A definition as a user types it, defaults left out. */
export type PipelineDefinitionInput = v.InferInput<typeof pipelineDefinitionSchema>;
export type SourceDefinition = v.InferOutput<typeof sourceSchema>;
export type SyntheticSourceDefinition = v.InferOutput<typeof syntheticSourceSchema>;
export type ModelDefinition = v.InferOutput<typeof modelSchema>;
export type LineRuleDefinition = v.InferOutput<typeof lineRuleSchema>;
export type SinkDefinition = v.InferOutput<typeof sinkSchema>;
/** How a worker is watched and replaced. */
export type RecoveryDefinition = PipelineDefinition['recovery'];
export type TrackDefinition = NonNullable<PipelineDefinition['track']>;
