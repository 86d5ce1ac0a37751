import { sha256 } from '../bundle/sha256.js';
import {
  type ModelDefinition,
  type PipelineDefinition,
  type PipelineDefinitionInput,
  pipelineDefinitionSchema,
} from '../core/definition.js';
import { DeviceLostError, InvalidArgumentError, ModelLoadError, UnsupportedError } from '../core/error.js';
import type { Percentiles } from '../core/histogram.js';
import { parse } from '../core/parse.js';
import { type RuntimeChoice, resolveRuntime } from '../core/runtime-choice.js';
import { checkOptions } from '../pipeline/check-options.js';
import type { WebPipelineOptions } from '../pipeline/environment.web.js';
import type { Pipeline, PipelineInfo } from '../pipeline/pipeline.js';
import { PreviewScreen } from '../pipeline/preview-screen.web.js';
import type { NamedSink } from '../pipeline/responder.js';
import { createSink } from '../respond/create-sink.web.js';
import type { HostCamera, HostInfo } from './answers.js';
import { type ConnectionState, type HostAddress, HostConnection, type HostHealth } from './host-connection.js';
import type { HostChild, HostStatus } from './host-status.js';
import { tokenOfPage } from './host-token.web.js';
import { HostedPipeline } from './hosted-pipeline.js';
import { bridgePath, protocolName, tokenEntryPrefix } from './message.js';
import type { PreviewPicture } from './preview-picture.js';
import type { PreviewRequest } from './requests.js';

/** How a host is found. */
export interface ConnectHostOptions {
  /** Address of the host; that of the page by default. */
  url?: string | URL;
  /** Its token; by default the one in the page's address, `#token=…`. */
  token?: string;
  signal?: AbortSignal;
  /** Called when the connection is lost, restored or refused. */
  onHealth?(health: HostHealth): void;
}

/** What a page may give beside a definition that may run on a host. */
export interface HostPipelineOptions extends Omit<WebPipelineOptions, 'preview' | 'source'> {
  /**
   * Pictures of processed frames: a canvas of the page to show them on, or a function that gets them as JPEG. Those of a
   * host are fewer and smaller than the frames; see `previewQuality`.
   */
  preview?: HTMLCanvasElement | ((picture: PreviewPicture) => Promise<void> | void);
  /** How many pictures a host sends per second at most, 10 by default, and how large, 1280 px by default. */
  previewQuality?: Partial<PreviewRequest>;
  /** `host`: there or nowhere; also with `onnx-web`, which then runs in the host's Node. */
  place?: 'host';
}

/** A pipeline of a page that is connected to a host. */
export interface PlacedPipeline extends Pipeline {
  /** Where it runs. */
  readonly place: 'host' | 'page';
  /** On a host: replaces the model at a frame boundary; on failure the old one goes on. */
  swapModel?: HostedPipeline['swapModel'];
  /** On a host: the processes that its runtimes run in, as the host told them last, which is at most a second ago. */
  readonly children?: readonly HostChild[];
  /** On a host: ms from the moment in which it sent a result to that in which the page had it. */
  readonly transit?: Percentiles;
}

/** A host that a page is connected to. The page closes it. */
export interface Host extends Disposable {
  readonly state: ConnectionState;
  /** What it says of itself. */
  readonly info: HostInfo;
  /** Cameras that a source `{ type: 'camera', deviceId }` may name. */
  readonly cameras: readonly HostCamera[];
  /**
   * Asks how it is now: its pipelines, their processes, and the sensors of its machine.
   * @throws {DeviceLostError} ERR_DEVICE_LOST no answer, or none to this token.
   */
  status(signal?: AbortSignal): Promise<HostStatus>;
  /**
   * Makes a pipeline from the definition that `createPipeline` takes. It runs on the host where the source is a camera of
   * the host, or where the first of its runtimes is a native one; then only those run it. A runtime of the page takes its
   * place where the definition lists one, too, and the host has none of the native ones, or refuses.
   * A bundle is named to the host by the SHA-256 of its `model.json`, and must be in its store.
   * @throws as `createPipeline`; {@link ModelLoadError} ERR_MODEL_LOAD a bundle that the store lacks.
   */
  createPipeline(definition: PipelineDefinitionInput, options?: HostPipelineOptions): Promise<PlacedPipeline>;
  /** Ends the connection, and its pipelines with it. Idempotent. */
  close(): void;
}

/**
 * Connects a page to the host that serves it. A connection that breaks is opened again, and its pipelines go on.
 *
 * ```ts
 * const host = await connectHost();
 * const pipeline = await host.createPipeline({
 *   source: { type: 'camera', deviceId: 'line' },
 *   model: { type: 'bundle', path: 'models/conveyor' },
 *   runtime: ['openvino', 'onnx-native'],
 * });
 * ```
 * @throws {InvalidArgumentError} ERR_ARGUMENT no token, or one that the host does not take. @throws {DeviceLostError}
 * ERR_DEVICE_LOST no host there.
 */
export async function connectHost(options: ConnectHostOptions = {}): Promise<Host> {
  const url = new URL(options.url ?? '/', document.baseURI);
  const token = options.token ?? (options.url === undefined ? tokenOfPage() : undefined);
  if (token === undefined || !/^[\w-]+$/.test(token)) {
    throw new InvalidArgumentError({
      subject: `token of the host at ${url.origin}`,
      expected: 'one',
      received: token === undefined ? 'none' : 'something else',
      remedy: 'Open the address that reflexarc host has printed, with its #token, or give options.token.',
      details: { reason: 'token' },
    });
  }
  const ask: AskHost = (what, signal) => {
    const headers = { Authorization: `Bearer ${token}` };
    return fetch(new URL(`/.reflexarc/${what}`, url), { headers, signal, cache: 'no-store' });
  };
  const connection = await HostConnection.open(addressOf(url, token, ask), options);
  return new ConnectedHost(connection, url, ask);
}

type AskHost = (what: 'session' | 'status', signal?: AbortSignal) => Promise<Response>;

function addressOf(url: URL, token: string, ask: AskHost): HostAddress {
  const socketUrl = new URL(bridgePath, url);
  socketUrl.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return {
    url: url.origin,
    connect: () => new WebSocket(socketUrl, [protocolName, `${tokenEntryPrefix}${token}`]),
    checkToken: async (signal) => {
      try {
        const { status } = await ask('session', signal);
        return status === 401 ? 'refused' : 'taken';
      } catch {
        return 'no answer';
      }
    },
  };
}

class ConnectedHost implements Host {
  readonly #connection: HostConnection;
  readonly #url: URL;
  readonly #ask: AskHost;

  constructor(connection: HostConnection, url: URL, ask: AskHost) {
    this.#connection = connection;
    this.#url = url;
    this.#ask = ask;
  }

  get state(): ConnectionState {
    return this.#connection.state;
  }

  get info(): HostInfo {
    return this.#connection.info;
  }

  get cameras(): readonly HostCamera[] {
    return this.info.cameras;
  }

  async createPipeline(input: PipelineDefinitionInput, options: HostPipelineOptions = {}): Promise<PlacedPipeline> {
    const { preview, previewQuality, place, ...page } = options;
    checkOptions(page);
    const definition = parse(pipelineDefinitionSchema, input, 'pipeline definition');
    const { runtime, source } = definition;
    const native = runtime.filter((choice) => !isOfPage(choice));
    const bound = place === 'host' || (source.type === 'camera' && this.#hasCamera(source.deviceId));
    if (bound) return this.#onHost(definition, runtime, options);
    const local = native.length < runtime.length;
    if (local && isOfPage(runtime[0])) return this.#inPage(definition, options);
    try {
      return await this.#onHost(definition, native, options);
    } catch (error) {
      options.signal?.throwIfAborted();
      if (!local) throw error;
      return tellingWhy(await this.#inPage(definition, options), `Not on the host: ${(error as Error).message}`);
    }
  }

  async status(signal?: AbortSignal): Promise<HostStatus> {
    const lost = (received: string, cause?: unknown) =>
      new DeviceLostError({ subject: `host at ${this.#url.origin}`, expected: 'its status', received, cause });
    let response: Response;
    try {
      response = await this.#ask('status', signal);
    } catch (cause) {
      signal?.throwIfAborted();
      throw lost((cause as Error).message, cause);
    }
    if (!response.ok) throw lost(`an answer of ${response.status}`);
    return (await response.json()) as HostStatus;
  }

  close(): void {
    this.#connection.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #hasCamera(deviceId: string | undefined): boolean {
    return deviceId !== undefined && this.cameras.some(({ name }) => name === deviceId);
  }

  async #inPage(definition: PipelineDefinition, options: HostPipelineOptions): Promise<PlacedPipeline> {
    const { preview, previewQuality: _, place: __, ...page } = options;
    if (typeof preview === 'function') {
      throw new UnsupportedError({
        subject: 'options.preview',
        expected: 'a canvas, because this pipeline runs in the page',
        received: 'a function',
        details: { supported: ['canvas'] },
      });
    }
    const { createPipeline } = await import('../pipeline/create-pipeline.web.js');
    const pipeline = await createPipeline(
      { ...definition, runtime: definition.runtime.filter(isOfPage) },
      { ...page, preview },
    );
    return Object.assign(pipeline, { place: 'page' as const });
  }

  async #onHost(
    definition: PipelineDefinition,
    runtime: RuntimeChoice[],
    options: HostPipelineOptions,
  ): Promise<PlacedPipeline> {
    const { signal, onProgress, onFault, onHealth, onEvent, preview, previewQuality } = options;
    const sinks: NamedSink[] = [];
    for (const described of definition.sinks) {
      const name = `sink ${described.type} ${'path' in described ? described.path : described.url}`;
      sinks.push({ name, sink: await createSink(described) });
    }
    options.sinks?.forEach((sink, index) => {
      sinks.push({ name: `options.sinks[${index}]`, sink });
    });
    const model = await storedModel(definition.model, options);
    const pipeline = await HostedPipeline.open(
      this.#connection,
      definition,
      { ...definition, model, runtime, sinks: [] },
      { signal, onProgress, onFault, onHealth, onEvent, sinks, preview: previewQuality, onPreview: shower(preview) },
    );
    const { swapModel } = pipeline;
    pipeline.swapModel = async (next) => swapModel.call(pipeline, await storedModel(next, options));
    return pipeline;
  }
}

// As the runtimes of one place do that were passed over.
function tellingWhy(pipeline: PlacedPipeline, limitation: string): PlacedPipeline {
  const ofPage = (): PipelineInfo => Reflect.get(Object.getPrototypeOf(pipeline), 'info', pipeline);
  return Object.defineProperty(pipeline, 'info', {
    get: () => {
      const { runtime, ...info } = ofPage();
      return { ...info, runtime: { ...runtime, limitations: [limitation, ...(runtime.limitations ?? [])] } };
    },
  });
}

function isOfPage(choice: RuntimeChoice): boolean {
  return resolveRuntime(choice).runtime === 'onnx-web';
}

/** A model as the host knows it. */
async function storedModel(model: ModelDefinition, { models, signal }: HostPipelineOptions): Promise<ModelDefinition> {
  if (model.type !== 'bundle') {
    throw new UnsupportedError({
      subject: 'pipeline definition: model.type',
      expected: 'a bundle: a host runs models of its store only',
      received: `"${model.type}"`,
      remedy: 'Make a bundle of the model and add it on the host: reflexarc store add BUNDLE.',
      details: { supported: ['bundle'] },
    });
  }
  if (model.path.startsWith('store:')) return model;
  const path = `${model.path.replace(/\/$/, '')}/model.json`;
  const given = models?.[path];
  const manifest = given ? await given.arrayBuffer() : await fetchManifest(new URL(path, document.baseURI), signal);
  return { ...model, path: `store:${await sha256(new Uint8Array(manifest))}` };
}

async function fetchManifest(url: URL, signal: AbortSignal | undefined): Promise<ArrayBuffer> {
  const fail = (received: string, cause?: unknown) =>
    new ModelLoadError({
      subject: url.href,
      expected: 'the model.json of a bundle',
      received,
      remedy: 'Check the path of the model.',
      cause,
    });
  let response: Response;
  try {
    response = await fetch(url, { signal });
  } catch (cause) {
    signal?.throwIfAborted();
    throw fail((cause as Error).message, cause);
  }
  if (!response.ok) throw fail(`an answer of ${response.status}`);
  return response.arrayBuffer();
}

function shower(
  preview: HostPipelineOptions['preview'],
): ((picture: PreviewPicture) => Promise<void> | void) | undefined {
  if (preview === undefined || typeof preview === 'function') return preview;
  const screen = new PreviewScreen(preview);
  let [asked, shown] = [0, 0];
  return async ({ jpeg }) => {
    const turn = ++asked;
    const picture = await createImageBitmap(new Blob([jpeg as Uint8Array<ArrayBuffer>], { type: 'image/jpeg' }));
    // Two are under way at a time, and the later one may be ready sooner.
    if (turn < shown) return picture.close();
    shown = turn;
    screen.show(picture);
  };
}
