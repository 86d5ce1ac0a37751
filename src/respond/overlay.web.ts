import { InvalidArgumentError } from '../core/error.js';
import type { Result } from '../core/result.js';
import { matchesAny } from './line-rule.js';
import {
  type ObjectFit,
  type ObjectOffset,
  type PictureLayout,
  parseObjectPosition,
  placePicture,
} from './overlay-geometry.js';
import { paintScene } from './overlay-painter.web.js';
import { Trails } from './overlay-trails.js';
import type { Sink } from './sink.js';

/** A line of a rule as the overlay shows it; a line rule of a definition is one. */
export interface OverlayLine {
  id?: string;
  /** End points in fractions of the frame's width and height. */
  from: { x: number; y: number };
  to: { x: number; y: number };
  /** Labels drawn as alarms; a leading `*` matches any beginning. */
  reject?: readonly string[];
}

/** An area as the overlay shows it. It lights up when an event of the rule of the same id happens. */
export interface OverlayZone {
  id: string;
  /** Corners in fractions of the frame's width and height. */
  points: readonly { x: number; y: number }[];
}

/** What an overlay draws a box or a trail of. */
export interface OverlayObject {
  classId: number;
  label: string;
  trackId?: number;
}

/** How results are drawn over a picture. */
export interface OverlayOptions {
  /**
   * The element that shows the picture. Its place, `object-fit`, `object-position` and a mirroring `transform` of its own
   * are followed; without it, the picture fills the canvas as `fit` says.
   */
  picture?: HTMLElement;
  /** Used without `picture`: `contain` by default. */
  fit?: ObjectFit;
  /** Overrides what `picture` tells. Mirror the picture's element, not one around both: letters stay readable then. */
  mirrored?: boolean;
  lines?: readonly OverlayLine[];
  zones?: readonly OverlayZone[];
  /** Names, scores and ids beside the boxes; true by default. */
  labels?: boolean;
  /** How long the way of a tracked object stays visible, in ms of the frames' time; 1500 by default, 0 for none. */
  trailMs?: number;
  /** Size of letters and pens; by default it follows the size of the picture on the page. */
  scale?: number;
  /** Objects drawn as alarms; by default those whose label a line rejects. */
  isAlarm?(object: OverlayObject): boolean;
}

/** A layer over a picture. As a sink of a pipeline it draws each result; it never keeps the arc waiting. */
export interface CanvasOverlay extends Sink {
  result(result: Result): void;
  /** Adapts to a new size or place. Sizes are watched; call this after a move that changes no size. */
  resize(): void;
  /** Empties the canvas and forgets trails. */
  clear(): void;
  /** Empties the canvas and stops watching. Idempotent; `result` does nothing afterwards. */
  close(): void;
}

/** How long a line stays lit after a crossing, in ms. */
const flashMs = 350;
const maxRejected = 256;

/**
 * Draws boxes, labels, ids, trails, lines and zones on a canvas of its own that lies over the picture. The canvas keeps
 * its place and size on the page; its pixels follow the display's. At most one drawing per animation frame, of the latest
 * result.
 *
 * ```ts
 * const overlay = createOverlay(canvas, { picture: video, lines: definition.rules });
 * const pipeline = await createPipeline(definition, { sinks: [overlay] });
 * ```
 * Owns: the pixels of `canvas`; the pipeline closes its sinks, other callers close the overlay.
 * @throws {InvalidArgumentError} ERR_ARGUMENT no canvas, or one with a context that is not 2D.
 */
export function createOverlay(canvas: HTMLCanvasElement, options: OverlayOptions = {}): CanvasOverlay {
  return new LayeredOverlay(canvas, options);
}

class LayeredOverlay implements CanvasOverlay {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  readonly #options: OverlayOptions;
  readonly #trails: Trails | undefined;
  readonly #reject: readonly string[];
  readonly #observer: ResizeObserver;
  /** Tracks that an event rejected: they stay alarms, whatever a single frame takes them for. */
  readonly #rejected = new Set<number>();
  /** Until when a rule's line is lit, in ms of `performance.now()`. */
  readonly #litUntil = new Map<string, number>();
  #layout: PictureLayout | undefined;
  #result: Result | undefined;
  #drawing = 0;
  #closed = false;

  constructor(canvas: HTMLCanvasElement, options: OverlayOptions) {
    const isCanvas = typeof (canvas as Partial<HTMLCanvasElement> | null)?.getContext === 'function';
    const context = isCanvas ? canvas.getContext('2d') : null;
    if (!context) {
      throw new InvalidArgumentError({
        subject: 'canvas of the overlay',
        expected: 'a <canvas> without a context of another kind',
        received: isCanvas ? 'one that gives no 2D context' : 'something else',
        remedy: 'Give the overlay a canvas of its own.',
      });
    }
    const { picture, trailMs = 1500, lines = [] } = options;
    this.#canvas = canvas;
    this.#context = context;
    this.#options = options;
    this.#trails = trailMs > 0 ? new Trails(trailMs) : undefined;
    this.#reject = lines.flatMap((line) => line.reject ?? []);
    this.#observer = new ResizeObserver(() => this.resize());
    this.#observer.observe(canvas);
    if (picture) this.#observer.observe(picture);
    this.resize();
  }

  result(result: Result): void {
    if (this.#closed) return;
    this.#result = result;
    this.#trails?.update(result.items, result.timestamp);
    for (const event of result.events) {
      this.#litUntil.set(event.rule, performance.now() + flashMs);
      if (event.type === 'reject') this.#remember(event.trackId);
    }
    this.#schedule();
  }

  resize(): void {
    if (this.#closed) return;
    const { clientWidth, clientHeight } = this.#canvas;
    const width = Math.round(clientWidth * devicePixelRatio);
    const height = Math.round(clientHeight * devicePixelRatio);
    if (this.#canvas.width !== width) this.#canvas.width = width;
    if (this.#canvas.height !== height) this.#canvas.height = height;
    this.#layout = undefined;
    this.#schedule();
  }

  clear(): void {
    this.#result = undefined;
    this.#trails?.clear();
    this.#rejected.clear();
    this.#litUntil.clear();
    this.#context.setTransform(1, 0, 0, 1, 0, 0);
    this.#context.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    cancelAnimationFrame(this.#drawing);
    this.#observer.disconnect();
    this.clear();
  }

  #schedule(): void {
    if (this.#drawing !== 0) return;
    this.#drawing = requestAnimationFrame((time) => {
      this.#drawing = 0;
      this.#draw(time);
    });
  }

  #draw(time: number): void {
    const { width, height, clientWidth, clientHeight } = this.#canvas;
    const context = this.#context;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, width, height);
    const result = this.#result;
    if (!result || clientWidth === 0 || clientHeight === 0) return;
    // The ratio of the display changes with the browser's zoom and when a window moves to another one.
    if (Math.abs(width - clientWidth * devicePixelRatio) > 1) {
      this.resize();
      return;
    }
    context.setTransform(width / clientWidth, 0, 0, height / clientHeight, 0, 0);
    this.#layout ??= this.#measure();
    const { lines = [], zones = [], labels = true, isAlarm } = this.#options;
    const placement = placePicture(result.width, result.height, this.#layout);
    const lit = (id = 'line') => (this.#litUntil.get(id) ?? 0) > time;
    const { visible } = placement;
    paintScene(context, {
      frameWidth: result.width,
      frameHeight: result.height,
      placement,
      items: result.items,
      trails: this.#trails ?? [],
      lines: lines.map(({ id, from, to }) => ({ label: id ?? '', from, to, active: lit(id) })),
      zones: zones.map(({ id, points }) => ({ label: id, points, active: lit(id) })),
      isAlarm: (object) =>
        (object.trackId !== undefined && this.#rejected.has(object.trackId)) ||
        (isAlarm ? isAlarm(object) : matchesAny(object.label, this.#reject)),
      labels,
      scale: this.#options.scale ?? Math.max(0.75, Math.min(1.6, Math.min(visible.width, visible.height) / 620)),
    });
  }

  /** Where the picture is, in px of the canvas's own layout: transforms around both cancel out. */
  #measure(): PictureLayout {
    const { picture, fit = 'contain', mirrored = false } = this.#options;
    const { clientWidth, clientHeight, clientLeft, clientTop } = this.#canvas;
    if (!picture) return { box: { x: 0, y: 0, width: clientWidth, height: clientHeight }, fit, mirrored };
    const style = getComputedStyle(picture);
    const turned = style.transform !== 'none' && new DOMMatrixReadOnly(style.transform).a < 0;
    const flipped = this.#options.mirrored ?? (turned || style.scale.startsWith('-'));
    const outer = this.#canvas.getBoundingClientRect();
    const inner = picture.getBoundingClientRect();
    const scaleX = outer.width / this.#canvas.offsetWidth || 1;
    const scaleY = outer.height / this.#canvas.offsetHeight || 1;
    const px = (text: string) => Number.parseFloat(text) || 0;
    const left = px(style.borderLeftWidth) + px(style.paddingLeft);
    const right = px(style.borderRightWidth) + px(style.paddingRight);
    const top = px(style.borderTopWidth) + px(style.paddingTop);
    const bottom = px(style.borderBottomWidth) + px(style.paddingBottom);
    const box = {
      x: (inner.x - outer.x) / scaleX - clientLeft + (flipped ? right : left),
      y: (inner.y - outer.y) / scaleY - clientTop + top,
      width: inner.width / scaleX - left - right,
      height: inner.height / scaleY - top - bottom,
    };
    const position: { x: ObjectOffset; y: ObjectOffset } = parseObjectPosition(style.objectPosition);
    return { box, fit: style.objectFit as ObjectFit, position, mirrored: flipped };
  }

  #remember(trackId: number): void {
    this.#rejected.add(trackId);
    if (this.#rejected.size <= maxRejected) return;
    const [oldest] = this.#rejected;
    this.#rejected.delete(oldest);
  }
}
