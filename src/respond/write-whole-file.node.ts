import { rename, rm, writeFile } from 'node:fs/promises';

/**
 * Writes a file under another name until it is whole, so that a name is never half there.
 * @throws the file system's error; nothing is left then.
 */
export async function writeWholeFile(path: string, content: Uint8Array | string): Promise<void> {
  const unfinished = `${path}.part`;
  try {
    await writeFile(unfinished, content);
    await rename(unfinished, path);
  } catch (cause) {
    await rm(unfinished, { force: true }).catch(() => {});
    throw cause;
  }
}
