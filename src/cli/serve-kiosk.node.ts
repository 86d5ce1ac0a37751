import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type FolderServer, serveFolder } from '../host/serve-folder.node.js';
import { colorsFor } from './colors.node.js';
import type { CommandContext } from './command-context.node.js';
import { indented } from './tables.node.js';

/** Folder of the built kiosk, beside the built package; made by `npm run build`. */
export const kioskFolder = fileURLToPath(new URL('../../dist-kiosk', import.meta.url));

/** Where the kiosk is found if the port is free, so that a browser finds its settings again. */
const usualPort = 7380;

/** True where the kiosk has been built: a checkout of the repository has it, an installed package does not. */
export function hasKiosk(folder = kioskFolder): boolean {
  return existsSync(join(folder, 'index.html'));
}

/**
 * Serves the kiosk on this machine, prints its address, and ends with the first signal.
 * @param port Listens there, or not at all; by default on 7380 or, where that is taken, on any free one.
 * @throws {InvalidArgumentError} ERR_ARGUMENT the port that was asked for cannot be had.
 */
export async function serveKiosk({ stdout, signal }: CommandContext, port?: number): Promise<void> {
  if (signal.aborted) return;
  await using server = await listen(port);
  const pc = colorsFor(process.stdout);
  const address = pc.bold(`${server.url}?autostart=1`);
  await stdout.writeLine(
    `\n${indented(`${pc.green('●')} The same in a browser: ${address}\n${pc.dim('  Ctrl-C ends it.')}`)}\n`,
  );
  if (!signal.aborted) await once(signal, 'abort');
}

async function listen(port: number | undefined): Promise<FolderServer> {
  if (port !== undefined) return serveFolder({ folder: kioskFolder, port });
  try {
    return await serveFolder({ folder: kioskFolder, port: usualPort });
  } catch {
    return serveFolder({ folder: kioskFolder });
  }
}
