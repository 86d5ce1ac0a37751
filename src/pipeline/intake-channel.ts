import type { SourceInfo } from '../acquire/source.js';
import type { PipelineDefinition } from '../core/definition.js';
import type { EngineInfo } from './engine.js';
import type { Reply } from './engine-channel.js';
import type { IntakeCounters, Landing, Progress } from './intake.js';
import type { PipelinePhase } from './pipeline.js';

/** What a page tells its worker beside the definition. All of it survives a structured clone or is transferred. */
export interface IntakeAssets {
  /** Folder that the kernels' and the runtime's files are served from, absolute; by default where the bundler put them. */
  assetBaseUrl?: string;
  /** Bytes of the kernels, instead of a file. */
  kernelsBinary?: Uint8Array;
  /** Folder that relative paths of the definition start from: the page's own. */
  baseUrl: string;
  /** Frames of a camera, a screen or a video of the page (`OpenedMedia.frames`): transferred, read and closed by the worker. */
  frames?: MessagePort;
  /** Whether a picture of every processed frame is to come back with it. */
  preview?: boolean;
  /** Where the worker before this one was. */
  resume?: Progress;
  /** Name of the lock that the worker holds for as long as it lives. */
  lifeline?: string;
  /** Files by the path that the definition names. */
  models?: Record<string, Blob>;
}

/** What the worker posts by itself. */
export type IntakeNews =
  /** It holds the lock {@link IntakeAssets.lifeline}. */
  | { type: 'alive' }
  /** It has taken a frame from the source; the landing comes later. What is lost with a worker is known by it. */
  | { type: 'taken'; frame: number; progress: Progress };

/** A landing without pixels, and the counters at that moment: what crosses back to the page. */
export interface LandingMessage {
  landing: Landing | undefined;
  counters: IntakeCounters;
  /** The frame, where the page shows it; transferred, closed by the page. */
  picture?: ImageBitmap;
}

/** What an opened intake says of itself. */
export interface IntakeFacts {
  engine: EngineInfo;
  source: SourceInfo;
  copies: readonly string[];
  overlap: readonly string[];
  counters: IntakeCounters;
}

/** What an intake worker exposes through comlink. Errors come back as data. */
export interface IntakeChannel {
  open(
    definition: PipelineDefinition,
    assets: IntakeAssets,
    onProgress: (phase: PipelinePhase) => void,
  ): Promise<Reply<IntakeFacts>>;
  next(slot: number): Promise<Reply<LandingMessage>>;
  stop(): Promise<Reply<IntakeCounters>>;
  /** Answers while the worker's thread is not blocked. */
  ping(): Promise<void>;
}
