import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Folder of the test assets, which are not part of this repository. */
export const assetRoot = resolve(root, process.env.REFLEXARC_ASSETS ?? '../shared/assets');

/** True where the assets are there. With `REFLEXARC_REQUIRE_ASSETS=1` their absence is a failure, not a skip. */
export const haveAssets = existsSync(join(assetRoot, 'MANIFEST.json'));

/** Absolute path of an asset. */
export function assetPath(relative: string): string {
  return join(assetRoot, relative);
}

/** A `describe` that needs the assets: skipped by name where they are absent, failing where they are required. */
export function describeWithAssets(name: string, body: () => void): void {
  describeWith(name, haveAssets, `test assets in ${assetRoot}`, body);
}

/** A `describe` that needs something of the machine (a compiler, an emulator); same rules as the assets. */
export function describeWith(name: string, available: boolean, what: string, body: () => void): void {
  if (!available && process.env.REFLEXARC_REQUIRE_ASSETS === '1') {
    describe(name, () => {
      throw new Error(`REFLEXARC_REQUIRE_ASSETS=1, but there is no ${what}`);
    });
    return;
  }
  describe.skipIf(!available)(available ? name : `${name} (skipped: no ${what})`, body);
}
