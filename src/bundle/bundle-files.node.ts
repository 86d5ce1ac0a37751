import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BundleFiles } from './bundle-files.js';

/** A bundle in a folder of this machine. */
export function folderFiles(folder: string): BundleFiles {
  return { location: folder, read: (path) => readFile(join(folder, path)) };
}
