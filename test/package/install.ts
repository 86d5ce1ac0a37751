import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';
import { npm, npmInstall } from './npm-install.js';

/** The package as its users get it. */
export interface InstalledPackage {
  /** Folder of a project of its own, far from this repository, that the tarball was installed into. */
  folder: string;
  /** The tarball that `npm pack` made. */
  tarball: string;
  /** Why it could not be installed: no network, and not in npm's cache. */
  missing?: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    installed: InstalledPackage;
  }
}

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Packs the built package and installs it with its dependencies, once for all tests; removed after the last. */
export default async function install(project: TestProject): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), 'reflexarc-package-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    await promisify(execFile)(npm, ['pack', '--ignore-scripts', '--pack-destination', folder], { cwd: root });
    const tarball = join(folder, readdirSync(folder).find((name) => name.endsWith('.tgz')) as string);
    writeFileSync(join(folder, 'package.json'), '{ "name": "consumer", "private": true, "type": "module" }\n');
    const missing = await npmInstall(folder, [tarball]);
    project.provide('installed', { folder, tarball, missing });
    return remove;
  } catch (error) {
    remove();
    throw error;
  }
}
