import { readFile, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { writePrivateFile } from './private-file.node.js';

/**
 * A file that takes a browser to a host's address, token included. Arguments of a program are visible to every user of
 * the machine, so a browser that is started gets the address of this file (mode 0600) instead of the host's own.
 */
export class OpeningPage {
  /** What a browser is given: a `file:` address without the token. */
  readonly url: string;
  readonly #path: string;
  readonly #html: string;

  private constructor(path: string, html: string) {
    this.url = pathToFileURL(path).href;
    this.#path = path;
    this.#html = html;
  }

  /**
   * Writes it beside the token file, over that of an earlier host.
   * @throws {SinkError} ERR_SINK it cannot be written. @throws {InvalidArgumentError} ERR_ARGUMENT a folder of somebody else.
   */
  static async write(tokenFile: string, address: string): Promise<OpeningPage> {
    const path = pathBeside(tokenFile);
    const html = htmlOf(address);
    await writePrivateFile(path, html, 'opening page');
    return new OpeningPage(path, html);
  }

  /** Removes what a dead host has left. */
  static async clear(tokenFile: string): Promise<void> {
    await rm(pathBeside(tokenFile), { force: true });
  }

  /** Removes it where it is still this one. */
  async remove(): Promise<void> {
    const found = await readFile(this.#path, 'utf8').catch(() => undefined);
    if (found === this.#html) await rm(this.#path, { force: true });
  }
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
    '<meta name="referrer" content="no-referrer">',
    '<title>Reflexarc</title>',
    `<script>location.replace(${text})</script>`,
    '</html>\n',
  ].join('\n');
}
