import type { SourceDefinition } from '../core/definition.js';
import { InvalidArgumentError, SourceError, UnsupportedError } from '../core/error.js';
import type { FrameSource, FrameSourceFactory } from './source.js';

/** What a page gives beside a source's definition. */
export interface SourceAssets {
  /** URL that relative paths start from. */
  baseUrl: string;
  /** Frames of a camera, a screen or a video, as `openMedia` gives them. */
  frames?: MessagePort;
}

/**
 * Opens the source that a definition names, in a page or in its worker. Each kind is loaded when it is first used.
 * Pictures and modules are fetched; what the server's CORS and the page's policy refuse cannot be read.
 * @throws {SourceError} ERR_SOURCE it cannot be read. @throws {UnsupportedError} ERR_UNSUPPORTED a page cannot read it.
 * @throws {InvalidArgumentError} ERR_ARGUMENT a camera, screen or video without its frames.
 */
export async function createSource(definition: SourceDefinition, assets: SourceAssets): Promise<FrameSource> {
  switch (definition.type) {
    case 'synthetic': {
      const { SyntheticSource } = await import('./synthetic/synthetic-source.js');
      return new SyntheticSource(definition);
    }
    case 'camera':
    case 'screen':
    case 'media': {
      if (!assets.frames) {
        throw new InvalidArgumentError({
          subject: `source ${definition.type}`,
          expected: 'its frames, from openMedia() in the page',
          received: 'none',
        });
      }
      const { VideoFrameSource } = await import('./video-frame-source.web.js');
      return VideoFrameSource.open(assets.frames);
    }
    case 'pictures': {
      const { PicturesSource } = await import('./pictures-source.web.js');
      return PicturesSource.open(absolute(definition.path, assets.baseUrl));
    }
    case 'module': {
      const { ModuleSource } = await import('./module-source.js');
      return ModuleSource.open(absolute(definition.url, assets.baseUrl), definition.options, loadFactory);
    }
    case 'video':
      throw new UnsupportedError({
        subject: 'source video',
        expected: 'a source that a page can read',
        received: `the file ${definition.path}`,
        remedy: 'Play it in a <video> and give that as `media`, with the source { type: "media" }.',
        details: { supported },
      });
    case 'recording':
      throw new UnsupportedError({
        subject: 'source recording',
        expected: 'a source that a page can read',
        received: `the folder ${definition.path}`,
        remedy: 'Replay recordings in Node.',
        details: { supported },
      });
  }
}

const supported = ['synthetic', 'camera', 'screen', 'media', 'pictures', 'module'];

function absolute(path: string, baseUrl: string): string {
  try {
    return new URL(path, baseUrl).href;
  } catch (cause) {
    throw new SourceError({ subject: path, expected: 'a URL, or a path relative to the page', received: path, cause });
  }
}

async function loadFactory(url: string): Promise<FrameSourceFactory> {
  const subject = `module ${url}`;
  let loaded: { default?: unknown };
  try {
    loaded = await import(/* @vite-ignore */ /* webpackIgnore: true */ url);
  } catch (cause) {
    const received = cause instanceof Error ? cause.message.replace(/\.$/, '') : String(cause);
    const remedy = 'See that it is served as JavaScript and that script-src allows it.';
    throw new SourceError({ subject, expected: 'a module that loads', received, remedy, cause });
  }
  if (typeof loaded.default !== 'function') {
    const received = loaded.default === undefined ? 'no default export' : `a ${typeof loaded.default}`;
    throw new SourceError({ subject, expected: 'a function as default export', received });
  }
  return loaded.default as FrameSourceFactory;
}
