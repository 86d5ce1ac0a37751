import type { Box } from '../core/box.js';
import type { Detection, Item } from '../core/result.js';
import { activeLineColor, alarmColor, classColor, lineColor, rimColor } from './overlay-colors.js';
import { type Placement, placeBox } from './overlay-geometry.js';
import type { Trail } from './overlay-trails.js';

/** A straight line of a rule; end points in fractions of the frame's width and height. */
export interface PaintedLine {
  label: string;
  from: { x: number; y: number };
  to: { x: number; y: number };
  /** True for a moment after something has crossed it. */
  active: boolean;
}

/** An area; corners in fractions of the frame's width and height. */
export interface PaintedZone {
  label: string;
  points: readonly { x: number; y: number }[];
  active: boolean;
}

/** What is drawn over one frame. */
export interface PaintedScene {
  frameWidth: number;
  frameHeight: number;
  placement: Placement;
  items: readonly Item[];
  trails: Iterable<Trail>;
  lines: readonly PaintedLine[];
  zones: readonly PaintedZone[];
  isAlarm(object: Pick<Detection, 'classId' | 'label' | 'trackId'>): boolean;
  labels: boolean;
  /** Size of letters and pens, 1 = letters of 12 px. */
  scale: number;
}

type Context = CanvasRenderingContext2D;

const rim = 'rgb(16 21 28 / 0.75)';
const ground = 'rgb(16 21 28 / 0.78)';
/** Width of a picture in px below which labels are kept short. */
const smallPicture = 520;
const fontFamily = 'system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif';

/**
 * Draws a scene on an empty canvas; lengths in px of the context's coordinates. Everything has a dark rim, so that it can
 * be read on any picture.
 */
export function paintScene(context: Context, scene: PaintedScene): void {
  const { placement, items, isAlarm, scale } = scene;
  const { visible } = placement;
  const detections = items.filter((item): item is Detection => 'box' in item && isDrawable(item.box));
  // The surest last, alarms above all: they lie on top.
  detections.sort((a, b) => Number(isAlarm(a)) - Number(isAlarm(b)) || a.score - b.score);
  context.save();
  context.beginPath();
  context.rect(visible.x, visible.y, visible.width, visible.height);
  context.clip();
  context.lineJoin = 'round';
  context.lineCap = 'round';
  context.textBaseline = 'alphabetic';
  for (const zone of scene.zones) paintZone(context, zone, scene);
  for (const line of scene.lines) paintLine(context, line, scene);
  for (const trail of scene.trails) paintTrail(context, trail, scene);
  const placed = detections.map((item) => placeBox(item.box, placement));
  detections.forEach((item, i) => {
    paintFrame(context, placed[i], colorOf(item, isAlarm), scale);
  });
  if (scene.labels) {
    for (const line of [...scene.lines, ...scene.zones]) paintName(context, line, scene);
    detections.forEach((item, i) => {
      paintLabel(context, item, placed[i], colorOf(item, isAlarm), visible, scale);
    });
    paintClasses(context, items, visible, scale);
  }
  context.restore();
}

// A model may answer anything; what has no place is not drawn.
function isDrawable({ x, y, width, height }: Box): boolean {
  return Number.isFinite(x) && Number.isFinite(y) && width > 0 && height > 0 && Number.isFinite(width * height);
}

function colorOf(item: Detection, isAlarm: PaintedScene['isAlarm']): string {
  return isAlarm(item) ? alarmColor : classColor(item.classId);
}

// A thin frame with strong corners: the picture underneath stays visible.
function paintFrame(context: Context, box: Box, color: string, scale: number): void {
  // Pens that cover whole pixels keep their colour; between two pixels they would be half as strong.
  const ratio = context.getTransform().a;
  const pen = Math.max(1, Math.round(1.4 * scale * ratio)) / ratio;
  const snap = (value: number) => (Math.round((value - pen / 2) * ratio) + (pen * ratio) / 2) / ratio;
  const x = snap(box.x);
  const y = snap(box.y);
  const right = snap(box.x + box.width);
  const bottom = snap(box.y + box.height);
  const arm = Math.min(13 * scale, box.width / 3, box.height / 3);
  const corners = new Path2D();
  for (const [cornerX, cornerY, toX, toY] of [
    [x, y, arm, arm],
    [right, y, -arm, arm],
    [right, bottom, -arm, -arm],
    [x, bottom, arm, -arm],
  ]) {
    corners.moveTo(cornerX, cornerY + toY);
    corners.lineTo(cornerX, cornerY);
    corners.lineTo(cornerX + toX, cornerY);
  }
  context.strokeStyle = rim;
  context.lineWidth = pen + 2 * scale;
  context.strokeRect(x, y, right - x, bottom - y);
  context.lineWidth = pen + 4 * scale;
  context.stroke(corners);
  context.strokeStyle = color;
  context.lineWidth = pen;
  context.strokeRect(x, y, right - x, bottom - y);
  context.lineWidth = pen + 2 / ratio;
  context.stroke(corners);
}

function paintLabel(context: Context, item: Detection, box: Box, color: string, visible: Box, scale: number): void {
  const size = 12 * scale;
  const padding = 5 * scale;
  const height = size + 2 * padding - 2 * scale;
  // On a small picture names would cover it; the scores go first.
  const name = visible.width < smallPicture ? item.label : `${item.label} ${percent(item.score)}`;
  const id = item.trackId === undefined ? '' : `#${item.trackId}`;
  context.font = `600 ${size}px ${fontFamily}`;
  const nameWidth = context.measureText(name).width + 2 * padding;
  const idWidth = id ? context.measureText(id).width + 2 * padding : 0;
  const above = box.y - height - 2 * scale;
  const x = clamp(box.x - 1.5 * scale, visible.x, visible.x + visible.width - nameWidth - idWidth);
  const y = clamp(above >= visible.y ? above : box.y + 3 * scale, visible.y, visible.y + visible.height - height);
  const radius = 3 * scale;
  context.beginPath();
  context.roundRect(x, y, nameWidth + idWidth, height, radius);
  context.strokeStyle = rim;
  context.lineWidth = 1.5 * scale;
  context.stroke();
  context.fillStyle = ground;
  context.fill();
  context.beginPath();
  context.roundRect(x, y, nameWidth, height, id ? [radius, 0, 0, radius] : radius);
  context.fillStyle = color;
  context.fill();
  const baseline = y + height / 2 + size * 0.36;
  context.fillStyle = color === alarmColor ? '#ffffff' : rimColor;
  context.fillText(name, x + padding, baseline);
  if (!id) return;
  context.fillStyle = color === alarmColor ? '#ffb3b5' : color;
  context.fillText(id, x + nameWidth + padding, baseline);
}

// Fades towards its beginning.
function paintTrail(context: Context, trail: Trail, { placement, isAlarm, scale }: PaintedScene): void {
  const { points } = trail;
  const segments = points.length / 2 - 1;
  const color = isAlarm(trail) ? alarmColor : classColor(trail.classId);
  const { scaleX, scaleY, offsetX, offsetY } = placement;
  // Round ends would show as beads where segments meet.
  context.lineCap = 'butt';
  for (const [style, width, strength] of [
    [rimColor, 4 * scale, 0.35],
    [color, 2 * scale, 0.95],
  ] as const) {
    context.strokeStyle = style;
    context.lineWidth = width;
    for (let i = 0; i < segments; i++) {
      context.globalAlpha = (strength * (i + 1)) / segments;
      context.beginPath();
      context.moveTo(points[2 * i] * scaleX + offsetX, points[2 * i + 1] * scaleY + offsetY);
      context.lineTo(points[2 * i + 2] * scaleX + offsetX, points[2 * i + 3] * scaleY + offsetY);
      context.stroke();
    }
  }
  context.globalAlpha = 1;
  context.lineCap = 'round';
}

function paintLine(context: Context, line: PaintedLine, scene: PaintedScene): void {
  const { scale } = scene;
  const pen = (line.active ? 3.6 : 2) * scale;
  const path = pathOf([line.from, line.to], scene, false);
  context.lineCap = 'butt';
  context.strokeStyle = rim;
  context.lineWidth = pen + 2.6 * scale;
  context.stroke(path);
  context.strokeStyle = line.active ? activeLineColor : lineColor;
  context.lineWidth = pen;
  context.setLineDash(line.active ? [] : [11 * scale, 7 * scale]);
  context.stroke(path);
  context.setLineDash([]);
  context.lineCap = 'round';
}

function paintZone(context: Context, zone: PaintedZone, scene: PaintedScene): void {
  const { scale } = scene;
  const path = pathOf(zone.points, scene, true);
  context.fillStyle = lineColor;
  context.globalAlpha = zone.active ? 0.26 : 0.1;
  context.fill(path);
  context.globalAlpha = 1;
  context.strokeStyle = rim;
  context.lineWidth = 4.4 * scale;
  context.stroke(path);
  context.strokeStyle = zone.active ? activeLineColor : lineColor;
  context.lineWidth = (zone.active ? 3 : 1.8) * scale;
  context.stroke(path);
}

// The name of a line or a zone stands beside its lowest point, inside the picture.
function paintName(context: Context, named: PaintedLine | PaintedZone, scene: PaintedScene): void {
  if (!named.label) return;
  const { placement, scale } = scene;
  const { visible } = placement;
  const points = 'points' in named ? named.points : [named.from, named.to];
  if (points.length === 0) return;
  const lowest = points.reduce((low, point) => (point.y > low.y ? point : low));
  const [endX, endY] = toCanvas(lowest, scene);
  const size = 11 * scale;
  const padding = 5 * scale;
  context.font = `600 ${size}px ${fontFamily}`;
  const width = context.measureText(named.label).width + 2 * padding;
  const height = size + 2 * padding - 2 * scale;
  const x = clamp(endX + 6 * scale, visible.x, visible.x + visible.width - width);
  const y = clamp(endY - height - 8 * scale, visible.y, visible.y + visible.height - height - 8 * scale);
  context.beginPath();
  context.roundRect(x, y, width, height, 3 * scale);
  context.fillStyle = ground;
  context.fill();
  context.fillStyle = named.active ? activeLineColor : lineColor;
  context.fillText(named.label, x + padding, y + height / 2 + size * 0.36);
}

// Classes of the whole picture have no place in it: they are listed in a corner.
function paintClasses(context: Context, items: readonly Item[], visible: Box, scale: number): void {
  const classes = items.filter((item) => !('box' in item)).slice(0, 5);
  if (classes.length === 0) return;
  const size = 14 * scale;
  const padding = 12 * scale;
  const rowHeight = size * 1.6;
  context.font = `600 ${size}px ${fontFamily}`;
  const names = classes.map(({ label }) => (label.length > 40 ? `${label.slice(0, 39)}…` : label));
  const scores = classes.map(({ score }) => percent(score));
  const nameWidth = Math.max(...names.map((name) => context.measureText(name).width));
  const scoreWidth = Math.max(...scores.map((score) => context.measureText(score).width));
  const width = nameWidth + scoreWidth + 3 * padding;
  const x = visible.x + padding;
  const y = visible.y + padding;
  context.beginPath();
  context.roundRect(x, y, width, classes.length * rowHeight + padding, 6 * scale);
  context.fillStyle = ground;
  context.fill();
  classes.forEach(({ classId }, row) => {
    const baseline = y + padding / 2 + row * rowHeight + size * 1.16;
    context.fillStyle = classColor(classId);
    context.fillText(names[row], x + padding, baseline);
    context.fillStyle = '#ffffff';
    context.fillText(scores[row], x + width - padding - context.measureText(scores[row]).width, baseline);
  });
}

function pathOf(points: readonly { x: number; y: number }[], scene: PaintedScene, closed: boolean): Path2D {
  const path = new Path2D();
  for (const point of points) path.lineTo(...toCanvas(point, scene));
  if (closed) path.closePath();
  return path;
}

function toCanvas(
  point: { x: number; y: number },
  { placement, frameWidth, frameHeight }: PaintedScene,
): [number, number] {
  const { scaleX, scaleY, offsetX, offsetY } = placement;
  return [point.x * frameWidth * scaleX + offsetX, point.y * frameHeight * scaleY + offsetY];
}

function percent(score: number): string {
  return `${Math.round(score * 100)}%`;
}

function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(value, high));
}
