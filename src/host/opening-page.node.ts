import { lstat, readFile, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { InvalidArgumentError } from '../core/error.js';
import { PrivateFile } from './private-file.node.js';

// What a host knows its own pages by: a file beside the token file may be anybody's, such as the page of a site.
const mark = '<meta name="generator" content="reflexarc host --open">';

/**
 * A file that takes a browser to a host's address, token included. Arguments of a program are visible to every user of
 * the machine, so a browser that is started gets the address of this file (mode 0600) instead of the host's own.
 */
export class OpeningPage {
  /** What a browser is given: a `file:` address without the token. */
  readonly url: string;
  readonly #file: PrivateFile;

  private constructor(path: string, file: PrivateFile) {
    this.url = pathToFileURL(path).href;
    this.#file = file;
  }

  /**
   * Writes it beside the token file, over that of an earlier host.
   * @throws {SinkError} ERR_SINK it cannot be written. @throws {InvalidArgumentError} ERR_ARGUMENT a folder of somebody else,
   * or another file in its place.
   */
  static async write(tokenFile: string, address: string): Promise<OpeningPage> {
    await OpeningPage.requirePlace(tokenFile);
    const path = pathBeside(tokenFile);
    return new OpeningPage(path, await PrivateFile.write(path, htmlOf(address), 'opening page'));
  }

  /** Checks that nothing lies in its place but a page of an earlier host. @throws {InvalidArgumentError} ERR_ARGUMENT another file. */
  static async requirePlace(tokenFile: string): Promise<void> {
    const path = pathBeside(tokenFile);
    if ((await lies(path)) !== 'another') return;
    throw new InvalidArgumentError({
      subject: `opening page ${path}`,
      expected: 'no file, or what an earlier host has written there for its browser',
      received: 'another file',
      remedy: 'Move it away, or name a token file with another name: --token-file',
    });
  }

  /** Removes what a dead host has left; another file stays. */
  static async clear(tokenFile: string): Promise<void> {
    const path = pathBeside(tokenFile);
    if ((await lies(path)) === 'ours') await rm(path, { force: true });
  }

  /** Removes it where it is still this one. */
  remove(): Promise<void> {
    return this.#file.remove();
  }
}

async function lies(path: string): Promise<'nothing' | 'ours' | 'another'> {
  const found = await lstat(path).catch(() => undefined);
  if (!found) return 'nothing';
  // Nothing is read that may be endless.
  if (!found.isFile() || found.size > 65536) return 'another';
  const text = await readFile(path, 'utf8').catch(() => '');
  return text.includes(mark) ? 'ours' : 'another';
}

// Always the same for a host, so that a browser that opens its last pages again comes to the host of now.
function pathBeside(tokenFile: string): string {
  return resolve(`${tokenFile}.html`);
}

// `replace` leaves neither this page nor the address with its fragment behind in the history of the tab.
function htmlOf(address: string): string {
  // A string of JSON is one of JavaScript; no "<" may end the element that it stands in.
  const text = JSON.stringify(address).replaceAll('<', '\\u003c');
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<meta charset="utf-8">',
    mark,
    '<meta name="referrer" content="no-referrer">',
    '<title>Reflexarc</title>',
    `<script>location.replace(${text})</script>`,
    '</html>\n',
  ].join('\n');
}
