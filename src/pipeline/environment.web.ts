import { type OpenedMedia, openMedia } from '../acquire/open-media.web.js';
import { resolveAssetBase } from '../core/asset.web.js';
import type { PipelineDefinition } from '../core/definition.js';
import { InvalidArgumentError, KernelError, UnsupportedError } from '../core/error.js';
import { createSink } from '../respond/create-sink.web.js';
import { checkPageOptions } from './check-options.web.js';
import { copiedWorker } from './copied-worker.web.js';
import type { PipelineEnvironment } from './environment.js';
import type { Intake } from './intake.js';
import type { IntakeAssets } from './intake-channel.js';
import { MediaNews } from './media-news.web.js';
import type { PipelineOptions } from './pipeline.js';
import { PreviewScreen } from './preview-screen.web.js';
import type { WorkerFactory } from './remote-intake.web.js';
import { openWorkerIntake } from './worker-intake.web.js';

/** What a page may give beside a definition. */
export interface WebPipelineOptions extends PipelineOptions {
  /** The pixels of a source `{ type: 'media' }`. */
  media?: MediaStream | HTMLVideoElement | HTMLCanvasElement | OffscreenCanvas;
  /** Called with the stream of a camera or screen once it is open, to show it. Its tracks end with the pipeline. */
  onStream?(stream: MediaStream): void;
  /**
   * A canvas of the page to show processed frames on, in their size, at the moment in which an overlay shows their results.
   * It must have no context yet.
   */
  preview?: HTMLCanvasElement;
  /** Files that the definition names by path, instead of fetching them: `{ 'my.onnx': file }`. */
  models?: Record<string, Blob>;
  /**
   * Folder that `reflexarc copy-assets` filled: worker, kernels and runtime are taken from there instead of from where
   * the bundler put them. Relative to the page, and of its origin.
   */
  assetBaseUrl?: string | URL;
  /** Bytes of the kernels, instead of a file. */
  wasmBinary?: Uint8Array;
  /** Makes the worker from a script of the application's choice, whatever `assetBaseUrl` says. */
  workerFactory?: WorkerFactory;
}

/** A page: everything up to the items in a module worker; tracker, rules and sinks here. */
export const webEnvironment: PipelineEnvironment<WebPipelineOptions> = {
  checkOptions: checkPageOptions,
  async openIntake(definition, options) {
    const { source } = definition;
    const live = source.type === 'camera' || source.type === 'screen' || source.type === 'media';
    if (!live || options.source) return openIntake(definition, options);
    options.onProgress?.('source');
    const media = await openMedia(source, options.media, options.signal);
    try {
      if (media.stream) options.onStream?.(media.stream);
      const { onHealth } = options;
      if (onHealth) {
        const news = new MediaNews(onHealth);
        media.onHealth = (health) => news.take(health);
      }
      return closing(await openIntake(definition, options, media), media);
    } catch (error) {
      media.close();
      throw error;
    }
  },
  createSink,
};

async function openIntake(
  definition: PipelineDefinition,
  options: WebPipelineOptions,
  media?: OpenedMedia,
): Promise<Intake> {
  const { signal, onHealth, onProgress = () => {} } = options;
  const assetBaseUrl = options.assetBaseUrl === undefined ? undefined : resolveAssetBase(options.assetBaseUrl);
  const factory = options.workerFactory ?? (assetBaseUrl === undefined ? undefined : copiedWorker(assetBaseUrl));
  const assets: IntakeAssets = {
    baseUrl: document.baseURI,
    assetBaseUrl,
    kernelsBinary: options.wasmBinary,
    models: options.models,
    frames: media?.frames,
  };
  if (definition.execution === 'worker') {
    if (options.source) {
      throw new InvalidArgumentError({
        subject: 'options.source',
        expected: "execution: 'inline', because a worker cannot be given an object",
        received: "execution: 'worker'",
        remedy: "Name a module as source, or add execution: 'inline' to the definition.",
      });
    }
    const screen = options.preview && new PreviewScreen(options.preview);
    const opening = openWorkerIntake({ definition, assets, media, screen, factory, onProgress, onHealth, signal });
    return opening.catch(blaming(options));
  }
  if (options.preview) {
    throw new UnsupportedError({ subject: 'options.preview', expected: 'a worker', received: "execution: 'inline'" });
  }
  const { openInlineIntake } = await import('./inline-intake.web.js');
  return openInlineIntake(definition, assets, options.source, onProgress, signal).catch(blaming(options));
}

// Kernels that do not load are the package's fault, unless the caller gave them.
function blaming({ wasmBinary }: WebPipelineOptions): (error: unknown) => never {
  return (error) => {
    const refused = error instanceof KernelError && error.details.status === 'LOAD';
    if (!wasmBinary || !refused || error.remedy?.includes('wasm-unsafe-eval')) throw error;
    const { received } = error;
    const remedy = 'Give the content of `reflexarc/kernels.wasm` of this version, or leave wasmBinary out.';
    const expected = 'the bytes of kernels.wasm';
    throw new InvalidArgumentError({ subject: 'options.wasmBinary', expected, received, remedy, cause: error });
  };
}

// The devices behind an intake end with it.
function closing(intake: Intake, media: OpenedMedia): Intake {
  const close = intake.close.bind(intake);
  intake.close = async () => {
    try {
      await close();
    } finally {
      media.close();
    }
  };
  return intake;
}
