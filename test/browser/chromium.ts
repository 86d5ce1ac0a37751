import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium } from 'playwright-core';
import { assetRoot, describeWith, haveAssets } from '../assets.js';
import usualPaths from './chromium-paths.json' with { type: 'json' };

/** The browser that the tests drive: `REFLEXARC_CHROMIUM`, or where Debian and others put it. */
export const chromiumPath = [process.env.REFLEXARC_CHROMIUM, ...usualPaths].find((path) => path && existsSync(path));

/** A `describe` that needs Chromium: skipped by name where there is none. */
export function describeWithChromium(name: string, body: () => void): void {
  describeWith(name, chromiumPath !== undefined, 'Chromium', body);
}

/** The same for tests that need the models and pictures, too. */
export function describeWithChromiumAndAssets(name: string, body: () => void): void {
  describeWith(name, chromiumPath !== undefined && haveAssets, `Chromium or no test assets in ${assetRoot}`, body);
}

/** Flags for a WebGPU adapter on a machine without a GPU. */
export const webGpuFlags: readonly string[] = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];

// It asks nobody for anything: no updates, no syncing, and no name but this machine's resolves.
const quietFlags = [
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
];

/** Flags of a Chromium that something else than the tests starts, headless; a debugger finds it by its profile. */
export function flagsOf(profile: string): readonly string[] {
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const debugging = ['--remote-debugging-port=0', `--user-data-dir=${profile}`];
  return ['--headless=new', '--disable-gpu', ...quietFlags, ...sandbox, ...debugging];
}

/** A browser with an empty profile, which goes when it is closed. */
export interface Chromium extends AsyncDisposable {
  readonly context: BrowserContext;
  close(): Promise<void>;
}

/** Starts Chromium, headless. The caller closes it. @param flags beside the usual ones, e.g. {@link webGpuFlags}. */
export async function launchChromium(flags: readonly string[] = []): Promise<Chromium> {
  const profile = mkdtempSync(join(tmpdir(), 'reflexarc-chromium-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: chromiumPath,
    headless: true,
    chromiumSandbox: process.getuid?.() !== 0,
    args: [...quietFlags, ...(flags.includes('--use-webgpu-adapter=swiftshader') ? [] : ['--disable-gpu']), ...flags],
  });
  const close = async () => {
    await context.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  };
  return { context, close, [Symbol.asyncDispose]: close };
}
