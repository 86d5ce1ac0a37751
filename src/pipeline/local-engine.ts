import type { BundleFiles } from '../bundle/bundle-files.js';
import { checkGoldenOutputs, checkTensors } from '../bundle/golden-check.js';
import { now } from '../core/clock.js';
import { ClosedError, DeviceLostError, InvalidArgumentError } from '../core/error.js';
import { describeLayout } from '../core/layout-match.js';
import { displaySize } from '../core/orientation.js';
import type { FrameLayout } from '../core/pixel-format.js';
import type { Detection, Item } from '../core/result.js';
import type { Session } from '../infer/runtime.js';
import { type RuntimeTable, selectRuntime } from '../infer/select.js';
import type { Kernels } from '../kernels/kernels.js';
import type { Head } from '../postprocess/head.js';
import type { mergeTiles } from '../postprocess/merge-tiles.js';
import { createFramePlans, type FramePlans, type PlannedFrame } from '../preprocess/frame-plans.js';
import { createPlan } from '../preprocess/plan.js';
import type { createTiledPlan } from '../preprocess/tiled-plan.js';
import { type BackgroundPicture, readBackground, withoutBackground } from './background-picture.js';
import { checkInput } from './check-input.js';
import type { Engine, EngineDefinition, EngineInfo, FrameInput, Processed } from './engine.js';
import { FusedModels } from './fused-models.js';
import { type LoadedModel, loadModel } from './load-model.js';
import type { ModelInfo, PipelinePhase } from './pipeline.js';

/** What an engine needs of the platform it runs on. */
export interface EngineResources {
  loadKernels(tier: EngineDefinition['kernels']): Promise<Kernels>;
  readonly runtimes: RuntimeTable;
  /** Access to a bundle's folder. */
  bundleFiles(path: string): BundleFiles;
  /** Bytes of a bare model. Rejects with the platform's error. */
  readFile(path: string): Promise<Uint8Array>;
  /** A picture from a file, upright. @throws {SourceError} ERR_SOURCE @throws {UnsupportedError} ERR_UNSUPPORTED */
  readPicture(path: string): Promise<PlannedFrame>;
}

// What a model takes that sees a frame in tiles; loaded for such a model only.
interface Tiling {
  createTiledPlan: typeof createTiledPlan;
  mergeTiles: typeof mergeTiles;
}

// A folder of pictures has many sizes; a camera has one.
const planCacheSize = 4;

/** The engine itself, on the calling thread. */
export class LocalEngine implements Engine {
  readonly hopCopies: readonly string[] = [];
  readonly info: EngineInfo;
  readonly #kernels: Kernels;
  readonly #model: LoadedModel;
  readonly #session: Session;
  readonly #head: Head;
  readonly #deadlineMs: number;
  readonly #tiling: Tiling | undefined;
  readonly #background: BackgroundPicture;
  readonly #plans = new Map<string, FramePlans>();
  readonly #fused: FusedModels | undefined;
  // Ends of what was begun last: on each slot where runs of different slots may overlap, else on all of them.
  readonly #turns = new Map<number, Promise<unknown>>();
  readonly #overlaps: boolean;
  #closed = false;

  private constructor(
    kernels: Kernels,
    model: LoadedModel,
    session: Session,
    head: Head,
    deadlineMs: number,
    tiling: Tiling | undefined,
    background: BackgroundPicture,
  ) {
    this.#kernels = kernels;
    this.#model = model;
    this.#session = session;
    this.#head = head;
    this.#deadlineMs = deadlineMs;
    this.#tiling = tiling;
    this.#background = background;
    this.#fused = session.fusion && new FusedModels(session.fusion, model.info.preprocess);
    // Tiles of a frame lie in memory that the next frame would overwrite.
    this.#overlaps = session.overlaps === true && !tiling;
    this.info = {
      model: model.info,
      runtime: session.placement,
      runtimeAllocations: session.allocations,
      runtimeCopies: session.copies ?? [],
      kernels: kernels.info,
      kernelMemoryBytes: kernels.memoryBytes,
      overlaps: this.#overlaps,
    };
  }

  /**
   * Loads kernels and model, compares the golden sample, warms up.
   * @throws {ModelLoadError} ERR_MODEL_LOAD @throws {ShapeError} ERR_SHAPE @throws {UnsupportedError} ERR_UNSUPPORTED
   */
  static async open(
    definition: EngineDefinition,
    resources: EngineResources,
    onProgress: (phase: PipelinePhase) => void = () => {},
  ): Promise<LocalEngine> {
    const kernels = await resources.loadKernels(definition.kernels);
    onProgress('model');
    const source = await loadModel(definition, resources);
    onProgress('compile');
    const session = await selectRuntime(definition.runtime, resources.runtimes, source.weights, source.path, {
      threads: definition.threads,
      executionProviders: definition.executionProviders,
      runtimeOptions: definition.runtimeOptions,
      slots: definition.slots,
      allocator: kernels,
      inputShapes: source.inputShapes,
      weights: source.binary,
    });
    try {
      const { variant, bundle } = source;
      if (variant) {
        checkTensors('input', variant.inputs, session.inputs);
        checkTensors('output', variant.outputs, session.outputs);
      }
      const model = source.resolve(session, definition);
      checkInput(model.info.preprocess, session.inputs[0]);
      checkTiles(model.info);
      session.fusion?.requireSpec(model.info.preprocess);
      // Which outputs mean what is loaded with the model.
      const { createHead } = await import('../postprocess/create-head.js');
      const head = createHead(model.head, {
        input: session.inputs[0],
        layout: model.info.preprocess.layout,
        outputs: session.outputs,
        labels: model.info.labels,
        limits: model.info.limits,
        kernels,
      });
      const tiling = model.info.preprocess.tiles && (await loadTiling());
      const background = await readBackground(model.info.preprocess, resources);
      const deadlineMs = definition.deadlineMs ?? Number.POSITIVE_INFINITY;
      const engine = new LocalEngine(kernels, model, session, head, deadlineMs, tiling, background);
      if (bundle && model.info.goldenCheck === 'passed') {
        onProgress('golden');
        await engine.#checkGolden(bundle.variant, bundle.goldenInput, bundle.goldenOutputs);
      }
      onProgress('warm-up');
      for (const slot of session.slots) await session.run(slot);
      return engine;
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  /** What this engine computes with; frames that lie in its memory are not copied again. */
  get kernels(): Kernels {
    return this.#kernels;
  }

  async process(slot: number, frame: FrameInput): Promise<Processed> {
    const lane = this.#overlaps ? slot : 0;
    const before = this.#turns.get(lane) ?? Promise.resolve();
    const turn = before.then(() => this.#process(slot, frame)).catch((error) => this.#fail(error));
    this.#turns.set(
      lane,
      turn.catch(() => {}),
    );
    return turn;
  }

  async #process(slotIndex: number, frame: FrameInput): Promise<Processed> {
    if (this.#closed) {
      throw new ClosedError({ subject: 'engine', expected: 'an open one', received: 'a closed one' });
    }
    const startTime = now();
    const kernelMemoryBytes = this.#kernels.memoryBytes;
    if (startTime - (frame.captureTime ?? startTime) > this.#deadlineMs) {
      return { stale: true, items: [], startTime, preprocessMs: 0, inferMs: 0, postprocessMs: 0, kernelMemoryBytes };
    }
    const slot = this.#session.slots[slotIndex];
    if (this.#fused) {
      const { model, transform } = await this.#fused.get(frame);
      await model.run(frame, slot);
      const inferred = now();
      const items = this.#head.decode(slot.outputs, transform);
      const times = { startTime, preprocessMs: 0, inferMs: inferred - startTime, postprocessMs: now() - inferred };
      return { stale: false, items, ...times, kernelMemoryBytes };
    }
    const { tiles, plans, enter } = this.#planFor(frame);
    const entered = enter(frame);
    const found: Item[][] = [];
    let [preprocessMs, inferMs, postprocessMs] = [0, 0, 0];
    let from = startTime;
    for (const plan of plans) {
      plan.run(entered, slot.inputs[0]);
      const preprocessed = now();
      await this.#session.run(slot);
      const inferred = now();
      found.push(this.#head.decode(slot.outputs, plan.transform));
      const decoded = now();
      preprocessMs += preprocessed - from;
      inferMs += inferred - preprocessed;
      postprocessMs += decoded - inferred;
      from = decoded;
    }
    const items = plans.length > 1 && this.#tiling ? this.#merge(this.#tiling, tiles, found, frame) : found[0];
    postprocessMs += now() - from;
    return { stale: false, items, startTime, preprocessMs, inferMs, postprocessMs, kernelMemoryBytes };
  }

  #merge({ mergeTiles }: Tiling, tiles: FramePlans['tiles'], found: readonly Item[][], frame: FrameLayout): Item[] {
    const { width, height } = displaySize(frame);
    // Tiles are for detection only, which was checked at the start.
    const parts = tiles.map((tile, i) => ({ tile, items: found[i] as Detection[] }));
    return mergeTiles(parts, width, height, { topK: this.#model.info.limits.topK });
  }

  // WebAssembly that trapped stopped half-way through changing its memory: what it computes from then on is worth nothing.
  #fail(error: unknown): never {
    for (let at = error; at instanceof Error; at = at.cause) {
      if (!(at instanceof WebAssembly.RuntimeError)) continue;
      throw new DeviceLostError({
        subject: 'engine',
        expected: 'WebAssembly that runs to its end',
        received: `a trap: ${at.message}`,
        remedy: 'Create the pipeline again.',
        details: { reason: 'crashed' },
        cause: error,
      });
    }
    throw error;
  }

  // Plans are numbers and a little memory; the least recently used one makes room.
  #planFor(frame: FrameLayout): FramePlans {
    const key = describeLayout(frame);
    let plan = this.#plans.get(key);
    if (plan) {
      if (this.#plans.size > 1) {
        this.#plans.delete(key);
        this.#plans.set(key, plan);
      }
      return plan;
    }
    if (this.#plans.size >= planCacheSize) {
      const [oldest, old] = this.#plans.entries().next().value as [string, FramePlans];
      this.#plans.delete(oldest);
      old.close();
    }
    const create = this.#tiling?.createTiledPlan ?? createFramePlans;
    const { spec, picture } = this.#background;
    plan = create(this.#kernels, frame, spec);
    try {
      if (picture) for (const each of plan.plans) each.resetBackground(picture);
    } catch (error) {
      plan.close();
      throw error;
    }
    this.#plans.set(key, plan);
    return plan;
  }

  async #checkGolden(
    variant: NonNullable<LoadedModel['variant']>,
    pixels: Uint8Array,
    expected: readonly Uint8Array[],
  ): Promise<void> {
    const { format, width, height } = variant.golden.input;
    const strideBytes = pixels.byteLength / height;
    const layout: FrameLayout = { format, codedWidth: width, codedHeight: height, strideBytes };
    // The sample was made with the manifest's own preprocessing, whatever a definition overrides, and is a tensor's worth.
    const spec = withoutBackground({ ...variant.inputs[0].preprocess, tiles: undefined });
    const plan = createPlan(this.#kernels, layout, spec);
    const [slot] = this.#session.slots;
    try {
      plan.run({ ...layout, data: pixels }, slot.inputs[0]);
      await this.#session.run(slot);
      checkGoldenOutputs(this.#model.info.path, variant, expected, slot.outputs);
    } finally {
      plan.close();
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.all(this.#turns.values());
    for (const plan of this.#plans.values()) plan.close();
    this.#plans.clear();
    await this.#fused?.close();
    await this.#session.close();
  }
}

// What classes two halves of a picture have says nothing about the whole of it.
function checkTiles({ task, preprocess }: ModelInfo): void {
  if (!preprocess.tiles || task === 'detection') return;
  throw new InvalidArgumentError({
    subject: 'preprocess: tiles',
    expected: 'none, but for a detection model',
    received: `some for a model of ${task}`,
    remedy: 'Leave them out, or use a detection model.',
  });
}

async function loadTiling(): Promise<Tiling> {
  const [{ createTiledPlan }, { mergeTiles }] = await Promise.all([
    import('../preprocess/tiled-plan.js'),
    import('../postprocess/merge-tiles.js'),
  ]);
  return { createTiledPlan, mergeTiles };
}
