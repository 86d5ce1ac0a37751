import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Where the kiosk lies in its site: a static site must work from any folder. */
export const kioskPath = '/any/folder/';

/** A built kiosk. The caller removes it. */
export interface KioskSite {
  /** Folder that holds it, {@link kioskPath} below. */
  folder: string;
  remove(): void;
}

/**
 * Builds the kiosk as `npm run build` does, from this source instead of the built package.
 * @param entry module that stands in for the package.
 */
export async function buildKiosk(entry = join(root, 'src/index.web.ts')): Promise<KioskSite> {
  const parent = join(root, 'build');
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, 'kiosk-site-'));
  await build({
    configFile: join(root, 'examples/kiosk/vite.config.ts'),
    logLevel: 'error',
    resolve: { alias: [{ find: /^reflexarc$/, replacement: entry }] },
    build: { outDir: join(folder, kioskPath), minify: false },
  });
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
