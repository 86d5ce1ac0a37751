/** Whether the page starts without a network from its next visit on, and what keeps it from that. */
export interface OfflineState {
  ready: boolean;
  /** The end of a sentence, without its point. */
  problem?: string;
}

/** ms in which the service worker's word on a failure may come after the failure. */
const wordMs = 1000;

/** Lets the page start without a network: has its files stored, and says whether they are. */
export class Offline {
  readonly #changed: (state: OfflineState) => void;
  readonly #ready: Promise<ServiceWorker | undefined>;
  #state: OfflineState = { ready: false };

  /** @param changed Called whenever the state has changed. */
  constructor(changed: (state: OfflineState) => void) {
    this.#changed = changed;
    this.#ready = this.#prepare();
  }

  /** A run uses the runtime for graphics. From a worker that was not there yet nothing of it has been stored. */
  async usesGraphics(): Promise<void> {
    if (!this.#usable || navigator.serviceWorker.controller) return;
    (await this.#ready)?.postMessage('keep the graphics runtime');
  }

  get #usable(): boolean {
    return import.meta.env.SERVICE_WORKER && 'serviceWorker' in navigator;
  }

  /** @returns the worker that has stored the page. */
  async #prepare(): Promise<ServiceWorker | undefined> {
    if (!import.meta.env.SERVICE_WORKER) return this.#tell({ ready: false, problem: 'not in development' });
    if (!('serviceWorker' in navigator)) {
      return this.#tell({ ready: false, problem: 'this browser or this address has no service workers' });
    }
    const told = new Promise<void>((resolve) => {
      navigator.serviceWorker.addEventListener('message', ({ data }) => {
        if (typeof data?.offlineProblem !== 'string') return;
        this.#tell({ ...this.#state, problem: data.offlineProblem });
        resolve();
      });
    });
    try {
      const url = new URL('service-worker.js', document.baseURI);
      const { active, waiting, installing } = await navigator.serviceWorker.register(url, { scope: './' });
      const worker = active ?? waiting ?? installing;
      if (worker && (await settled(worker))) {
        this.#tell({ ...this.#state, ready: true });
        return worker;
      }
      await Promise.race([told, new Promise((resolve) => setTimeout(resolve, wordMs))]);
      return this.#tell({ ready: false, problem: this.#state.problem ?? 'its files could not be stored' });
    } catch (error) {
      return this.#tell({ ready: false, problem: error instanceof Error ? error.message : String(error) });
    }
  }

  #tell(state: OfflineState): undefined {
    this.#state = state;
    this.#changed(state);
  }
}

/** Resolves to true when the worker is active, to false when it has given up. */
function settled(worker: ServiceWorker): Promise<boolean> {
  return new Promise((resolve) => {
    const look = () => {
      if (worker.state === 'activated') resolve(true);
      if (worker.state === 'redundant') resolve(false);
    };
    worker.addEventListener('statechange', look);
    look();
  });
}
