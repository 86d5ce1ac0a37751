import { connectHost, type Host } from 'reflexarc';
import type { Settings } from './settings.js';

/** How the connection to the host is, in a word or two; nothing where there never was one. */
export type HostState = 'connected' | 'reconnecting …' | 'refused' | undefined;

const keyOf = (url: string) => `reflexarc.kiosk.token ${url}`;

/** The host that serves this page, or the one that settings name: connected to when it is first needed. */
export class HostLink {
  readonly #changed: (state: HostState) => void;
  #connecting: Promise<Host> | undefined;
  #host: Host | undefined;
  #url = '';

  /** @param changed Called whenever {@link state} is another. */
  constructor(changed: (state: HostState) => void) {
    this.#changed = changed;
  }

  get state(): HostState {
    switch (this.#host?.state) {
      case 'open':
        return 'connected';
      case 'lost':
        return 'reconnecting …';
      case 'refused':
        return 'refused';
      default:
        return undefined;
    }
  }

  /** Address of the host, without its scheme. */
  get place(): string {
    return new URL(this.#url || location.href).host;
  }

  /** @throws as `connectHost`: no host, or a page that does not have its token. */
  async connect({ host: url }: Settings): Promise<Host> {
    if (url !== this.#url) this.#leave();
    this.#url = url;
    if (this.#host && (this.#host.state === 'open' || this.#host.state === 'lost')) return this.#host;
    const onHealth = () => this.#changed(this.state);
    const elsewhere = url === '' ? {} : { url, token: tokenOf(url) };
    this.#connecting ??= connectHost({ ...elsewhere, onHealth }).finally(() => {
      this.#connecting = undefined;
    });
    this.#host = await this.#connecting;
    this.#changed(this.state);
    return this.#host;
  }

  /** The host, where there is one that takes this page. */
  async find(settings: Settings): Promise<Host | undefined> {
    return this.connect(settings).catch(() => undefined);
  }

  #leave(): void {
    this.#host?.close();
    this.#host = undefined;
    this.#connecting = undefined;
  }
}

// The token of a host that does not serve this page: as of one that does, it leaves the address and stays in this tab.
function tokenOf(url: string): string | undefined {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const token = fragment.get('token');
  if (token === null) return sessionStorage.getItem(keyOf(url)) ?? undefined;
  sessionStorage.setItem(keyOf(url), token);
  history.replaceState(history.state, '', location.pathname + location.search);
  return token;
}
