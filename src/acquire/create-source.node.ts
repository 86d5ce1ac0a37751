import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type SourceDefinition, sourceSchema } from '../core/definition.js';
import { SourceError, UnsupportedError } from '../core/error.js';
import { loadModule } from '../core/load-module.node.js';
import { parse } from '../core/parse.js';
import { recordingFiles } from '../core/recording.js';
import { readFailure } from './file-error.node.js';
import { hasPictureExtension } from './picture-files.node.js';
import type { FrameSource, FrameSourceFactory } from './source.js';

const accepted = 'a picture, a folder of pictures, a video, a recording or "synthetic"';

/**
 * Opens the source that a definition names. Each kind is loaded when it is first used.
 * @throws {SourceError} ERR_SOURCE it cannot be read. @throws {UnsupportedError} ERR_UNSUPPORTED a decoder is missing.
 */
export async function createSource(definition: SourceDefinition): Promise<FrameSource> {
  switch (definition.type) {
    case 'synthetic': {
      const { SyntheticSource } = await import('./synthetic/synthetic-source.js');
      return new SyntheticSource(definition);
    }
    case 'pictures': {
      const { PicturesSource } = await import('./pictures-source.node.js');
      return PicturesSource.open(definition.path);
    }
    case 'recording': {
      const { RecordingSource } = await import('./recording-source.node.js');
      return RecordingSource.open(definition.path);
    }
    case 'video': {
      if (await isY4m(definition.path)) {
        const { Y4mSource } = await import('./y4m-source.node.js');
        return Y4mSource.open(definition.path);
      }
      const { FfmpegSource } = await import('./ffmpeg-source.node.js');
      return FfmpegSource.open(definition.path);
    }
    case 'module': {
      const { ModuleSource } = await import('./module-source.js');
      return ModuleSource.open(definition.url, definition.options, (url) =>
        loadModule<FrameSourceFactory>(url, (report) => new SourceError(report)),
      );
    }
    case 'camera':
    case 'screen':
    case 'media':
      throw new UnsupportedError({
        subject: `source ${definition.type}`,
        expected: `one that Node can read: ${accepted}`,
        received: 'one of a page',
        remedy: 'Run this definition in a browser, or name a file.',
        details: { supported: ['synthetic', 'pictures', 'video', 'recording', 'module'] },
      });
  }
}

/**
 * Finds out what a path is: `synthetic`; a folder with a `recording.json`, a recording; any other folder, pictures; a
 * file, a picture or a video, by its extension first and its content second. Opens nothing.
 * @throws {SourceError} ERR_SOURCE for what is neither, listing what is accepted.
 */
export async function sourceDefinitionFromPath(path: string): Promise<SourceDefinition> {
  if (path === 'synthetic') return parse(sourceSchema, { type: 'synthetic' }, 'source');
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(path)) {
    throw new SourceError({
      subject: path,
      expected: accepted,
      received: 'a URL',
      remedy: 'Sources are files of this machine: fetch it first.',
    });
  }
  try {
    const found = await stat(path);
    if (found.isDirectory()) {
      const recorded = await stat(join(path, recordingFiles.index)).catch(() => undefined);
      return { type: recorded ? 'recording' : 'pictures', path };
    }
    if (!found.isFile())
      throw new SourceError({ subject: path, expected: accepted, received: 'neither file nor folder' });
    if (hasPictureExtension(path)) return { type: 'pictures', path };
    const head = await readHead(path, 512);
    if (looksLikePicture(head)) return { type: 'pictures', path };
    if (startsWith(head, 'YUV4MPEG2') || !looksLikeText(head)) return { type: 'video', path };
    throw new SourceError({
      subject: path,
      expected: accepted,
      received: head.length === 0 ? 'an empty file' : 'a text',
    });
  } catch (cause) {
    throw readFailure(path, accepted, cause);
  }
}

async function isY4m(path: string): Promise<boolean> {
  if (/\.y4m$/i.test(path)) return true;
  // What is wrong with the file, the source itself will say.
  return startsWith(await readHead(path, 16).catch(() => new Uint8Array()), 'YUV4MPEG2');
}

async function readHead(path: string, length: number): Promise<Uint8Array> {
  const file = await open(path, 'r');
  try {
    const head = new Uint8Array(length);
    const { bytesRead } = await file.read(head, 0, length, 0);
    return head.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

// First bytes of JPEG, PNG, GIF, TIFF and BMP; other pictures without an extension are not guessed at.
const pictureHeads = ['\xff\xd8\xff', '\x89PNG\r\n', 'GIF87a', 'GIF89a', 'II*\0', 'MM\0*', 'BM'];

function looksLikePicture(head: Uint8Array): boolean {
  return pictureHeads.some((signature) => startsWith(head, signature));
}

function startsWith(head: Uint8Array, text: string): boolean {
  return head.length >= text.length && [...text].every((letter, i) => head[i] === letter.charCodeAt(0));
}

// No container of video begins with text only; playlists do, and are not followed.
function looksLikeText(head: Uint8Array): boolean {
  return head.every((byte) => byte >= 0x20 || (byte >= 0x09 && byte <= 0x0d));
}
