import { connectHost, type Host } from 'reflexarc';

/** The host that serves this page, where one does: connected to when it is first needed, and again after it was lost for good. */
export class HostLink {
  #connecting: Promise<Host> | undefined;
  #host: Host | undefined;

  /** @throws as `connectHost`: no host, or a page that has not its token. */
  async connect(): Promise<Host> {
    if (this.#host && (this.#host.state === 'open' || this.#host.state === 'lost')) return this.#host;
    this.#connecting ??= connectHost().finally(() => {
      this.#connecting = undefined;
    });
    this.#host = await this.#connecting;
    return this.#host;
  }

  /** Names of its cameras; nothing where there is no host. */
  async cameras(): Promise<string[] | undefined> {
    try {
      const { cameras } = await this.connect();
      return cameras.map(({ name }) => name);
    } catch {
      return undefined;
    }
  }
}
