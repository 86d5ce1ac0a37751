import type { Detection, Result } from '../../../../src/core/result.js';
import { type CanvasOverlay, createOverlay, type OverlayOptions } from '../../../../src/respond/overlay.web.js';

/** How a picture is shown: styles as a page might have them. */
export interface Stage {
  /** Size of the frame in px. */
  frameWidth: number;
  frameHeight: number;
  /** A rectangle in frame px that is magenta in the picture, and that a box is drawn around. */
  target: { x: number; y: number; width: number; height: number };
  pictureStyle: string;
  /** Around picture and overlay. */
  stageStyle: string;
  /** Colour of the picture beside the target. */
  ground?: string;
  items?: Detection[];
  overlay?: Omit<OverlayOptions, 'picture'>;
}

let overlay: CanvasOverlay | undefined;

/** Puts a picture with an overlay on the page, and draws one result. */
export async function show(stage: Stage): Promise<void> {
  overlay?.close();
  const { frameWidth, frameHeight, target, ground = '#205020' } = stage;
  const picture = document.createElement('canvas');
  picture.width = frameWidth;
  picture.height = frameHeight;
  const context = picture.getContext('2d') as CanvasRenderingContext2D;
  context.fillStyle = ground;
  context.fillRect(0, 0, frameWidth, frameHeight);
  context.fillStyle = '#ff00ff';
  context.fillRect(target.x, target.y, target.width, target.height);
  const layer = document.createElement('canvas');
  const holder = document.createElement('div');
  document.body.style.cssText = 'margin: 0; background: #000';
  holder.style.cssText = `position: absolute; overflow: hidden; ${stage.stageStyle}`;
  picture.style.cssText = `position: absolute; inset: 0; width: 100%; height: 100%; box-sizing: border-box; ${stage.pictureStyle}`;
  layer.style.cssText = 'position: absolute; inset: 0; width: 100%; height: 100%';
  holder.append(picture, layer);
  document.body.replaceChildren(holder);
  overlay = createOverlay(layer, { picture, trailMs: 0, ...stage.overlay });
  overlay.result(resultOf(stage));
  await frames(3);
}

/** Changes the size of what is around the picture, as a window does. */
export async function resize(stageStyle: string): Promise<void> {
  (document.body.firstElementChild as HTMLElement).style.cssText += stageStyle;
  await frames(3);
}

/** Size of the layer's pixels. */
export function layerSize(): [number, number] {
  const layer = document.querySelector('canvas:last-child') as HTMLCanvasElement;
  return [layer.width, layer.height];
}

/** How many of the layer's pixels are drawn on, after `close()`. */
export async function drawnAfterClose(): Promise<number> {
  overlay?.close();
  overlay?.result(resultOf({ frameWidth: 64, frameHeight: 64, target: { x: 8, y: 8, width: 32, height: 32 } }));
  await frames(3);
  return drawnPixels();
}

/** How many of the layer's pixels are drawn on. */
export function drawnPixels(): number {
  const layer = document.querySelector('canvas:last-child') as HTMLCanvasElement;
  const { data } = (layer.getContext('2d') as CanvasRenderingContext2D).getImageData(0, 0, layer.width, layer.height);
  let drawn = 0;
  for (let i = 3; i < data.length; i += 4) if (data[i] > 0) drawn++;
  return drawn;
}

/** Contrast of the frame of a box with what is beside it, for each of several grounds: least difference of luma, 0…255. */
export async function leastContrast(grounds: string[]): Promise<number[]> {
  const found: number[] = [];
  for (const ground of grounds) {
    await show({
      frameWidth: 400,
      frameHeight: 400,
      target: { x: 100, y: 100, width: 200, height: 200 },
      ground,
      pictureStyle: '',
      stageStyle: 'left: 0; top: 0; width: 400px; height: 400px',
    });
    found.push(contrastAcross(ground));
  }
  return found;
}

// Composites the layer with the ground along a line that crosses the left side of the box, and takes the range of luma.
function contrastAcross(ground: string): number {
  const layer = document.querySelector('canvas:last-child') as HTMLCanvasElement;
  const probe = document.createElement('canvas');
  probe.width = 24;
  probe.height = 1;
  const context = probe.getContext('2d') as CanvasRenderingContext2D;
  context.fillStyle = ground;
  context.fillRect(0, 0, 24, 1);
  context.drawImage(layer, 88, 200, 24, 1, 0, 0, 24, 1);
  const { data } = context.getImageData(0, 0, 24, 1);
  const luma = Array.from(
    { length: 24 },
    (_, i) => 0.299 * data[4 * i] + 0.587 * data[4 * i + 1] + 0.114 * data[4 * i + 2],
  );
  return Math.max(...luma) - Math.min(...luma);
}

function resultOf({
  frameWidth,
  frameHeight,
  target,
  items,
}: Pick<Stage, 'frameWidth' | 'frameHeight' | 'target' | 'items'>): Result {
  return {
    frame: 0,
    timestamp: 0,
    width: frameWidth,
    height: frameHeight,
    items: items ?? [{ box: target, score: 0.9, classId: 0, label: 'part', trackId: 1 }],
    events: [],
    spans: { acquire: 0, queue: 0, preprocess: 0, infer: 0, postprocess: 0, respond: 0, overhead: 0, total: 0 },
    late: false,
  };
}

async function frames(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => requestAnimationFrame(resolve));
}
