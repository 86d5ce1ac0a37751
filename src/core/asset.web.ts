import { InvalidArgumentError } from './error.js';

/** What came instead of a file that this package needs, as a phrase for an error. */
export interface AssetFault {
  received: string;
  remedy: string;
  cause?: unknown;
}

const copied =
  'Serve the files of this package from your own origin: let the bundler emit them, or copy them with `reflexarc copy-assets` and set assetBaseUrl.';

/**
 * An absolute form of `assetBaseUrl`, ending in a slash; relative ones are relative to the page. A worker gets the
 * absolute form, because there a relative one would start at the worker's script.
 * @throws {InvalidArgumentError} ERR_ARGUMENT it is no URL.
 */
export function resolveAssetBase(base: string | URL): string {
  const from = typeof document === 'undefined' ? globalThis.location?.href : document.baseURI;
  try {
    const { href } = new URL(base, from);
    return href.endsWith('/') ? href : `${href}/`;
  } catch (cause) {
    throw new InvalidArgumentError({
      subject: 'assetBaseUrl',
      expected: 'a URL, absolute or relative to the page',
      received: JSON.stringify(base),
      cause,
    });
  }
}

/**
 * Where an asset lies: under `base` where one is given, else where `own` says.
 * @param own Makes the URL from `new URL('…', import.meta.url)`, which bundlers recognise as it stands there and
 *   which throws where a script has no address (a worker made from a blob).
 */
export function assetUrl(fileName: string, base: string | undefined, own: () => URL): string {
  return base === undefined ? own().href : new URL(fileName, base).href;
}

/** How long a file may take to arrive, and how long a server may take to show what it has, in ms. */
const readTimeoutMs = 60_000;
const lookTimeoutMs = 5_000;

/** Bytes of a WebAssembly file, whatever type the server calls it; or what came instead. Never throws; time-boxed. */
export async function readWasm(url: string): Promise<{ bytes: Uint8Array<ArrayBuffer> } | { fault: AssetFault }> {
  const response = await request(url, readTimeoutMs);
  if ('received' in response) return { fault: response };
  try {
    const bytes = new Uint8Array(await response.arrayBuffer());
    return isWasm(bytes) ? { bytes } : { fault: notWasm(url, response, bytes) };
  } catch (cause) {
    return { fault: { received: `a broken transfer of ${url} (${messageOf(cause)})`, remedy: copied, cause } };
  }
}

/** Looks at the beginning of a file. @returns undefined where nothing is wrong with it. Never throws; time-boxed. */
export async function findAssetFault(url: string, kind: 'wasm' | 'module'): Promise<AssetFault | undefined> {
  const response = await request(url, lookTimeoutMs);
  if ('received' in response) return response;
  const reader = response.body?.getReader();
  const head = (await reader?.read().catch(() => undefined))?.value ?? new Uint8Array();
  await reader?.cancel().catch(() => {});
  if (kind === 'wasm') return isWasm(head) ? undefined : notWasm(url, response, head);
  const type = contentType(response);
  if (/^(text|application)\/(x-)?(java|ecma)script$/.test(type)) return undefined;
  return {
    received: `${type}${beginning(head)} from ${url} where a JavaScript module should be`,
    remedy: `Browsers run modules only as text/javascript: let the server send .mjs files with that type. ${copied}`,
  };
}

async function request(url: string, timeoutMs: number): Promise<Response | AssetFault> {
  let response: Response;
  try {
    response = await fetch(url, { credentials: 'same-origin', signal: AbortSignal.timeout(timeoutMs) });
  } catch (cause) {
    return { received: `no answer from ${url} (${messageOf(cause)})`, remedy: copied, cause };
  }
  if (response.ok) return response;
  await response.body?.cancel().catch(() => {});
  return { received: `${response.status} ${response.statusText} from ${url}`.replace('  ', ' '), remedy: copied };
}

function isWasm(bytes: Uint8Array): boolean {
  return bytes.byteLength >= 8 && bytes[0] === 0 && bytes[1] === 0x61 && bytes[2] === 0x73 && bytes[3] === 0x6d;
}

function notWasm(url: string, response: Response, bytes: Uint8Array): AssetFault {
  return {
    received: `${contentType(response)}${beginning(bytes)} from ${url} where WebAssembly should be`,
    remedy: copied,
  };
}

function contentType(response: Response): string {
  return response.headers.get('content-type')?.split(';')[0].trim().toLowerCase() || 'no content type';
}

function beginning(bytes: Uint8Array): string {
  if (bytes.byteLength === 0) return ' (an empty file)';
  const text = String.fromCharCode(...bytes.subarray(0, 24));
  return /^[\x20-\x7e\s]+$/.test(text) ? ` (beginning with ${JSON.stringify(text)})` : '';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
