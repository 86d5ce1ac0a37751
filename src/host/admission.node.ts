import type { IncomingMessage } from 'node:http';
import { protocolName, tokenEntryPrefix } from '../bridge/message.js';
import { sameToken } from './token-file.node.js';

/** Why a request is not let in; `undefined`: it is. */
export type Refusal = { status: 400 | 401 | 403; text: string } | undefined;

/** Whom a host lets in. */
export class Admission {
  readonly #hosts: ReadonlySet<string>;
  readonly #origins: ReadonlySet<string>;
  readonly #token: string;

  /** @param origins further origins whose pages may connect, exactly as browsers send them. */
  constructor(port: number, token: string, origins: readonly string[]) {
    const names = ['127.0.0.1', 'localhost', '[::1]'].map((name) => `${name}:${port}`);
    // Browsers leave the port of http out.
    this.#hosts = new Set(port === 80 ? [...names, '127.0.0.1', 'localhost', '[::1]'] : names);
    this.#origins = new Set([...[...this.#hosts].map((name) => `http://${name}`), ...origins]);
    this.#token = token;
  }

  /** Whether a request names this host, and not a site whose name was made to resolve to it. */
  checkHost({ headers }: IncomingMessage): Refusal {
    return this.#hosts.has(headers.host ?? '') ? undefined : { status: 403, text: 'Forbidden: Host' };
  }

  /** Whether the page of a request may connect. @param required refuses requests of no page, too. */
  checkOrigin({ headers }: IncomingMessage, required: boolean): Refusal {
    const { origin } = headers;
    if (origin === undefined && !required) return undefined;
    return origin !== undefined && this.#origins.has(origin) ? undefined : { status: 403, text: 'Forbidden: Origin' };
  }

  /** Whether a request carries the token of this start of the daemon as `Authorization: Bearer`. */
  checkBearer({ headers }: IncomingMessage): Refusal {
    const [, token] = /^Bearer ([\w-]+)$/.exec(headers.authorization ?? '') ?? [];
    return this.#checkToken(token);
  }

  /** Whether a WebSocket may be opened: Host, Origin, sub-protocol and the token in an entry of it. */
  checkUpgrade(request: IncomingMessage): Refusal {
    const refusal = this.checkHost(request) ?? this.checkOrigin(request, true);
    if (refusal) return refusal;
    const entries = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((entry) => entry.trim());
    const entry = entries.find((candidate) => candidate.startsWith(tokenEntryPrefix));
    const refused = this.#checkToken(entry?.slice(tokenEntryPrefix.length));
    if (refused) return refused;
    return entries.includes(protocolName) ? undefined : { status: 400, text: `Bad Request: ${protocolName}` };
  }

  #checkToken(token: string | undefined): Refusal {
    return token !== undefined && sameToken(token, this.#token)
      ? undefined
      : { status: 401, text: 'Unauthorized: token missing, wrong or of an earlier start' };
  }
}
