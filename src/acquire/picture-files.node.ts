import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pictureExtensions } from './decode-picture.node.js';

const collator = new Intl.Collator('en', { numeric: true });

/** True where a file name ends like a picture's. */
export function hasPictureExtension(name: string): boolean {
  const dot = name.lastIndexOf('.');
  return dot >= 0 && pictureExtensions.includes(name.slice(dot + 1).toLowerCase());
}

/**
 * Paths of the pictures in a folder and the folders below it, relative, with `/`, in natural order (`2.png` before
 * `10.png`). Other files and names with a leading dot are passed over; links are followed, each folder once.
 */
export async function listPictures(folder: string): Promise<string[]> {
  const found: string[] = [];
  const visited = new Set<string>();
  await visit('');
  return found.sort(comparePaths);

  async function visit(relative: string): Promise<void> {
    const path = join(folder, relative);
    const real = await realpath(path);
    if (visited.has(real)) return;
    visited.add(real);
    for (const entry of await readdir(path, { withFileTypes: true })) {
      if (entry.name.startsWith('.')) continue;
      const inside = relative === '' ? entry.name : `${relative}/${entry.name}`;
      let folderLike = entry.isDirectory();
      let fileLike = entry.isFile();
      if (entry.isSymbolicLink()) {
        const linked = await stat(join(folder, inside)).catch(() => undefined);
        folderLike = linked?.isDirectory() ?? false;
        // A dangling link with a picture's name is a picture that cannot be read, not one to forget.
        fileLike = linked?.isFile() ?? true;
      }
      if (folderLike) await visit(inside);
      else if (fileLike && hasPictureExtension(entry.name)) found.push(inside);
    }
  }
}

// Folder by folder; the code-point order of equal names keeps the result the same everywhere.
function comparePaths(a: string, b: string): number {
  const left = a.split('/');
  const right = b.split('/');
  for (let i = 0; i < left.length && i < right.length; i++) {
    const order = collator.compare(left[i], right[i]) || (left[i] < right[i] ? -1 : left[i] > right[i] ? 1 : 0);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}
