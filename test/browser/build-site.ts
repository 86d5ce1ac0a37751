import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import type { TestProject } from 'vitest/node';
import { seed } from '../conformance/random-numbers.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Folder of the built pages. */
    siteFolder: string;
  }
}

/** Pages that were built. The caller removes them. */
export interface BuiltPages {
  folder: string;
  remove(): void;
}

/**
 * Builds the pages of tests and benchmarks as an application would: workers, WebAssembly and runtimes go the way of a
 * user's bundler.
 */
export async function buildPages(): Promise<BuiltPages> {
  const parent = fileURLToPath(new URL('../../build', import.meta.url));
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(`${parent}/browser-site-`);
  const remove = () => rmSync(folder, { recursive: true, force: true });
  await build({
    configFile: false,
    root: fileURLToPath(new URL('site', import.meta.url)),
    base: './',
    logLevel: 'error',
    define: { 'process.env.REFLEXARC_SEED': JSON.stringify(String(seed)) },
    // A script of the tests may make a worker whose entry imports ours.
    worker: { format: 'es' },
    build: { outDir: folder, emptyOutDir: true, assetsInlineLimit: 0, minify: false, reportCompressedSize: false },
  }).catch((error) => {
    remove();
    throw error;
  });
  return { folder, remove };
}

/** Vitest runs it once before the first browser test, and what it returns after the last. */
export default async function buildSite(project: TestProject): Promise<() => void> {
  const { folder, remove } = await buildPages();
  project.provide('siteFolder', folder);
  return remove;
}
