import { type CanvasOverlay, createOverlay, type LineRuleDefinition, SourceError } from 'reflexarc';
import { make } from './dom.js';

/** The live picture and the layer over it. Shows one thing at a time, as large as it fits. */
export class Picture {
  readonly #container: HTMLElement;
  readonly #canvas: HTMLCanvasElement;
  #shown: HTMLElement | undefined;
  #url: string | undefined;
  #overlay: CanvasOverlay | undefined;

  constructor(container: HTMLElement, overlay: HTMLCanvasElement) {
    this.#container = container;
    this.#canvas = overlay;
  }

  /** A canvas for a pipeline to show its frames on. Each run has its own. */
  canvas(): HTMLCanvasElement {
    return this.#show(make('canvas'));
  }

  /** A `<video>` that is to show a camera. */
  video(): HTMLVideoElement {
    const video = make('video');
    video.muted = true;
    video.autoplay = true;
    video.playsInline = true;
    return this.#show(video);
  }

  /**
   * A picture or video file, as an element that frames can be taken from.
   * @throws {DOMException} EncodingError where the browser cannot read it.
   * @throws {SourceError} ERR_SOURCE with `details.reason` 'too-large' where the browser has no canvas of its size, and
   * 'no-picture' where a video is sound alone.
   */
  async file(file: File): Promise<HTMLVideoElement | HTMLCanvasElement> {
    const url = URL.createObjectURL(file);
    try {
      if (file.type.startsWith('image/')) return this.#show(await drawn(url, file.name));
      const video = this.video();
      this.#url = url;
      video.loop = true;
      video.src = url;
      await loaded(video);
      if (video.videoWidth === 0) throw soundAlone(file.name);
      await video.play();
      return video;
    } finally {
      if (this.#url !== url) URL.revokeObjectURL(url);
    }
  }

  /** A layer for the results of one run, which closes it. */
  overlay(line: LineRuleDefinition): CanvasOverlay {
    this.#overlay = createOverlay(this.#canvas, { picture: this.#shown, lines: [line] });
    return this.#overlay;
  }

  /** Follows a change of place or mirroring. */
  moved(): void {
    this.#overlay?.resize();
  }

  /** Shows nothing. */
  clear(): void {
    this.#overlay?.close();
    this.#overlay = undefined;
    if (this.#shown instanceof HTMLVideoElement) {
      this.#shown.srcObject = null;
      this.#shown.removeAttribute('src');
    }
    this.#shown?.remove();
    this.#shown = undefined;
    if (this.#url) URL.revokeObjectURL(this.#url);
    this.#url = undefined;
  }

  #show<T extends HTMLElement>(element: T): T {
    this.clear();
    this.#shown = element;
    this.#container.prepend(element);
    return element;
  }
}

/** px on a side that a frame may have. */
const maxSide = 16_384;

async function drawn(url: string, name: string): Promise<HTMLCanvasElement> {
  const image = new Image();
  image.src = url;
  await new Promise((resolve, reject) => {
    image.addEventListener('load', resolve, { once: true });
    image.addEventListener('error', () => reject(new DOMException('No picture is in it.', 'EncodingError')), {
      once: true,
    });
  });
  const { naturalWidth: width, naturalHeight: height } = image;
  if (Math.max(width, height) > maxSide) throw tooLarge(name, width, height);
  await image.decode();
  const canvas = make('canvas', { width: String(width), height: String(height) });
  const context = canvas.getContext('2d');
  context?.drawImage(image, 0, 0);
  // A canvas without memory draws nothing, and says nothing.
  if (!context || context.isContextLost()) throw tooLarge(name, width, height);
  return canvas;
}

function tooLarge(name: string, width: number, height: number): SourceError {
  return new SourceError({
    subject: name,
    expected: `a picture of at most ${maxSide} px on a side that fits in memory`,
    received: `${width} × ${height}`,
    remedy: 'Take a smaller picture, or a part of it.',
    details: { reason: 'too-large', width, height },
  });
}

function soundAlone(name: string): SourceError {
  return new SourceError({
    subject: name,
    expected: 'a video with a picture that this browser can decode',
    received: 'one without',
    remedy: 'Take another video.',
    details: { reason: 'no-picture' },
  });
}

function loaded(video: HTMLVideoElement): Promise<void> {
  return new Promise((resolve, reject) => {
    video.addEventListener('loadeddata', () => resolve(), { once: true });
    video.addEventListener(
      'error',
      () => reject(new DOMException(video.error?.message || 'The format is not known here.', 'EncodingError')),
      { once: true },
    );
  });
}
