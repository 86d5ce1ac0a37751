import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { HostInfo, HostLimits } from '../bridge/answers.js';
import type { HostStatus } from '../bridge/host-status.js';
import { bridgePath, protocolName } from '../bridge/message.js';
import type { PreviewRequest } from '../bridge/requests.js';
import { withoutStacks } from '../bridge/without-stacks.js';
import { settledWithin } from '../core/abort.js';
import { InvalidArgumentError } from '../core/error.js';
import { version } from '../core/version.js';
import type { ProbeReport } from '../infer/runtime.js';
import { Admission, type Refusal } from './admission.node.js';
import { type CameraDeclaration, Cameras } from './cameras.node.js';
import { ClientConnection, type ConnectionSetting } from './client-connection.node.js';
import { createFolderHandler, refuse } from './folder-handler.node.js';
import { type LoopbackServers, listenOnLoopback } from './listen.node.js';
import type { PrivateFile } from './private-file.node.js';
import type { Scheduling } from './scheduling/scheduling.js';
import { MachineSensors } from './sensors/machine-sensors.node.js';
import { lockStore, type StoreLock } from './store-lock.node.js';
import { StreamRegistry } from './stream-registry.node.js';
import { createToken, requireNoHost, writeTokenFile } from './token-file.node.js';

/** How a daemon is started. */
export interface DaemonOptions {
  /** 0 takes a free one. */
  port: number;
  /** Folder of the page that is served as `/`. */
  app: string;
  tokenFile: string;
  /** Folder of the model store. */
  store: string;
  cameras: readonly CameraDeclaration[];
  /** Further origins whose pages may connect. */
  origins: readonly string[];
  /** What pages may have at most of pictures. */
  preview?: PreviewRequest;
  /** How the kernel is to treat the children of its pipelines. */
  scheduling?: Scheduling;
  /** Path and query of the page that is opened. */
  page?: string;
  /** What the runtimes of this machine are. */
  runtimes: readonly ProbeReport[];
  limits?: Partial<HostLimits>;
  /** Called when a client asks for the end: `reflexarc host stop`. */
  onStop?(): void;
}

/** Limits of a host that nobody has set otherwise. */
export const usualLimits: HostLimits = {
  messageBytes: 256 * 1024,
  connections: 16,
  streamsPerConnection: 8,
  streams: 32,
  messagesPerSecond: 1000,
  graceMs: 10_000,
  news: 1024,
};

// Pages may run WebAssembly and workers of their own origin, and speak to nobody else.
const policy = [
  "default-src 'self'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self' blob:",
  "img-src 'self' blob: data:",
  "media-src 'self' blob:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const stopMs = 5000;
const controlPath = '/.reflexarc/';

/**
 * Serves an app shell and the bridge on the loopback addresses, and runs pipelines for the pages that hold its token.
 * Loads no vendor's library itself.
 */
export class Daemon implements AsyncDisposable {
  /** Address of the app shell. */
  readonly url: string;
  readonly port: number;
  /** The secret of this start. */
  readonly token: string;
  readonly #options: DaemonOptions;
  readonly #limits: HostLimits;
  readonly #lock: StoreLock;
  readonly #servers: LoopbackServers;
  readonly #sockets: WebSocketServer;
  readonly #cameras: Cameras;
  readonly #connections = new Set<ClientConnection>();
  readonly #registry: StreamRegistry;
  readonly #sensors = new MachineSensors();
  readonly #boot = randomUUID();
  #tokenFile: PrivateFile | undefined;
  #closing: Promise<void> | undefined;

  private constructor(
    options: DaemonOptions,
    limits: HostLimits,
    servers: LoopbackServers,
    token: string,
    lock: StoreLock,
  ) {
    this.#options = options;
    this.#lock = lock;
    this.#limits = limits;
    this.#servers = servers;
    this.port = servers.port;
    this.url = `http://127.0.0.1:${servers.port}/`;
    this.token = token;
    this.#cameras = new Cameras(options.cameras);
    this.#registry = new StreamRegistry(limits);
    this.#sockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: limits.messageBytes,
      handleProtocols: () => protocolName,
    });
  }

  /**
   * Starts a daemon; it listens, and its token is written, when this settles.
   * @throws {InvalidArgumentError} ERR_ARGUMENT a port that is taken, another host with this token file or store, no app.
   * @throws {SinkError} ERR_SINK the token cannot be written.
   */
  static async start(options: DaemonOptions): Promise<Daemon> {
    if (options.page !== undefined) requireOwnPage(options.page);
    await requireNoHost(options.tokenFile);
    const lock = await lockStore(options.store);
    try {
      return await Daemon.#start(options, lock);
    } catch (error) {
      lock.close();
      throw error;
    }
  }

  static async #start(options: DaemonOptions, lock: StoreLock): Promise<Daemon> {
    const folder = await createFolderHandler(options.app, { 'Content-Security-Policy': policy });
    const limits = { ...usualLimits, ...options.limits };
    const token = createToken();
    let answer: (request: IncomingMessage, response: ServerResponse) => void = (_, response) => response.destroy();
    const servers = await listenOnLoopback(options.port, (request, response) => answer(request, response));
    try {
      const daemon = new Daemon(options, limits, servers, token, lock);
      const admission = new Admission(daemon.port, token, options.origins);
      answer = (request, response) => daemon.#answer(request, response, admission, folder);
      for (const server of servers.servers) {
        server.on('upgrade', (request, socket, head) => daemon.#upgrade(request, socket, head, admission));
        // A request that never comes to an end holds nothing up.
        server.headersTimeout = 10_000;
        server.requestTimeout = 30_000;
      }
      const { url, port } = daemon;
      const content = { url, port, pid: process.pid, token, store: options.store };
      daemon.#tokenFile = await writeTokenFile(options.tokenFile, content);
      return daemon;
    } catch (error) {
      await servers.close();
      throw error;
    }
  }

  /** Address of the app shell with the token for its page; the fragment never leaves the browser. */
  get address(): string {
    return `${new URL(this.#options.page ?? '', this.url)}#token=${this.token}`;
  }

  /** How many pages are connected. */
  get connections(): number {
    return this.#connections.size;
  }

  /** What pages are told. */
  get info(): HostInfo {
    return {
      version,
      boot: this.#boot,
      pid: process.pid,
      cameras: this.#cameras.list,
      runtimes: [...this.#options.runtimes],
      limits: this.#limits,
    };
  }

  /** Ends streams, connections and servers, and removes the token. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= (async () => {
      await this.#tokenFile?.remove();
      const closing = [...this.#connections].map((connection) => connection.close());
      closing.push(this.#registry.close());
      await settledWithin(Promise.allSettled(closing), stopMs);
      await settledWithin(this.#cameras.close(), stopMs);
      await this.#servers.close();
      this.#lock.close();
    })();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #answer(
    request: IncomingMessage,
    response: ServerResponse,
    admission: Admission,
    folder: (request: IncomingMessage, response: ServerResponse) => void,
  ): void {
    const [path] = (request.url ?? '').split('?', 1);
    const refusal = admission.checkHost(request);
    if (refusal) refuse(response, refusal.status, refusal.text);
    else if (!path.startsWith(controlPath)) folder(request, response);
    else this.#control(path.slice(controlPath.length), request, response, admission);
  }

  // What holders of the token may ask over HTTP: whether it is the right one, how the host is, and to stop.
  #control(what: string, request: IncomingMessage, response: ServerResponse, admission: Admission): void {
    const { origin } = request.headers;
    response.setHeader('Cache-Control', 'no-store');
    const foreign = admission.checkOrigin(request, false);
    if (!foreign && origin !== undefined) {
      response.setHeader('Access-Control-Allow-Origin', origin);
      response.setHeader('Vary', 'Origin');
      response.setHeader('Access-Control-Allow-Headers', 'authorization');
    }
    // A browser asks first, without the token, whether a page of another origin may ask.
    const preflight = request.method === 'OPTIONS';
    const refusal = foreign ?? (preflight ? undefined : admission.checkBearer(request));
    if (refusal) {
      refuse(response, refusal.status, refusal.text);
      return;
    }
    switch (preflight ? 'GET session' : `${request.method} ${what}`) {
      case 'GET session':
        response.writeHead(204).end();
        break;
      case 'GET status':
        response.setHeader('Content-Type', 'application/json');
        void this.#status().then((status) => response.end(JSON.stringify(status, withoutStacks)));
        break;
      case 'POST stop':
        // A browser names the origin of every POST: to stop the host is for programs.
        if (origin !== undefined) refuse(response, 403, 'Forbidden: Origin');
        else {
          response.writeHead(202).end();
          this.#options.onStop?.();
        }
        break;
      default:
        refuse(response, 404, 'Not Found');
    }
  }

  async #status(): Promise<HostStatus> {
    return {
      ...this.info,
      url: this.url,
      connections: this.connections,
      waiting: this.#registry.waiting,
      pipelines: this.#registry.streams.map(({ status }) => status),
      sensors: await this.#sensors.read(),
    };
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, admission: Admission): void {
    // A client that goes away while it is refused is no fault of ours.
    socket.on('error', () => {});
    const full: Refusal | { status: 404 | 503; text: string } =
      admission.checkUpgrade(request) ??
      (request.url === bridgePath ? undefined : { status: 404 as const, text: 'Not Found' }) ??
      (this.#connections.size >= this.#limits.connections || this.#closing
        ? { status: 503 as const, text: 'Service Unavailable: too many connections' }
        : undefined);
    if (full) {
      socket.end(`HTTP/1.1 ${full.status} ${full.text}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    this.#sockets.handleUpgrade(request, socket, head, (webSocket) => {
      const connection = new ClientConnection(webSocket, this.#setting);
      this.#connections.add(connection);
      webSocket.on('close', () => this.#connections.delete(connection));
      connection.send('HELLO', 0, 0, this.info);
    });
  }

  get #setting(): ConnectionSetting {
    return {
      cameras: this.#cameras,
      store: this.#options.store,
      news: this.#limits.news,
      preview: this.#options.preview ?? { rate: 15, maxSide: 1280 },
      scheduling: this.#options.scheduling,
      limits: this.#limits,
      registry: this.#registry,
    };
  }
}

// The address holds the token, which no other site's page may get.
function requireOwnPage(page: string): void {
  const host = 'http://127.0.0.1/';
  // It is handed over in the fragment, of which there is one.
  const whole = URL.canParse(page, host) && !page.includes('#') && new URL(page, host).href.startsWith(host);
  if (whole) return;
  throw new InvalidArgumentError({
    subject: 'page of the host',
    expected:
      'a path of the folder that it serves, or a query, e.g. "?source=host"; no fragment, which holds the token',
    received: `"${page}"`,
  });
}

/** Checks the origins that `--allow-origin` names. @throws {InvalidArgumentError} ERR_ARGUMENT what is no origin. */
export function requireOrigin(text: string): string {
  const parsed = URL.canParse(text) ? new URL(text) : undefined;
  if (parsed && /^https?:$/.test(parsed.protocol) && parsed.origin === text) return text;
  throw new InvalidArgumentError({
    subject: '--allow-origin',
    expected: 'an origin as browsers send it, such as https://panel.example:8443',
    received: `"${text}"`,
    remedy: 'Leave out the path and the slash at the end.',
  });
}
