import type { Box } from '../core/box.js';
import type { Detection, Item } from '../core/result.js';
import { activeLineColor, alarmColor, classColor, rimColor as dark, lineColor } from './overlay-colors.js';
import { capHeight, penWidth, textPaths, textWidth } from './stroke-font.js';

/** A line rule as it is drawn. */
export interface OverlayLine {
  label: string;
  /** End points in fractions of the frame's width and height. */
  from: { x: number; y: number };
  to: { x: number; y: number };
  /** True in the frame in which something crosses it. */
  active: boolean;
}

/** One row of the panel in the corner. */
export interface OverlayCounter {
  label: string;
  value: string;
  alarm?: boolean;
}

/** What is drawn over a frame. */
export interface Overlay {
  /** Size of the upright frame in px. */
  width: number;
  height: number;
  items: readonly Item[];
  lines?: readonly OverlayLine[];
  counters?: readonly OverlayCounter[];
  /** Items to be drawn as alarms. */
  isAlarm?: (item: Item) => boolean;
}

/**
 * Draws boxes, labels, track ids, lines and counters as an SVG of the frame's size, to be laid over it. Everything has a
 * dark rim, so that it can be read on any picture; text is strokes, so that no font is needed.
 */
export function overlaySvg(overlay: Overlay): string {
  const { width, height, items, lines = [], counters = [], isAlarm = () => false } = overlay;
  const scale = Math.max(0.9, Math.min(width, height) / 540);
  const detections = items.filter((item): item is Detection => 'box' in item && isDrawable(item.box));
  // The surest last, alarms above all: they lie on top.
  detections.sort((a, b) => Number(isAlarm(a)) - Number(isAlarm(b)) || a.score - b.score);
  const body = [
    ...lines.map((line) => drawLine(line, width, height, scale)),
    ...detections.map((item) => drawFrame(item, colorOf(item, isAlarm), scale)),
    ...detections.map((item) => drawLabel(item, colorOf(item, isAlarm), width, height, scale)),
    drawPanel([...counters, ...classRows(items)], scale),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" fill="none" stroke-linecap="round" stroke-linejoin="round">${body.join('')}</svg>`;
}

// A model may answer anything; what has no place is not drawn.
function isDrawable({ x, y, width, height }: Box): boolean {
  return [x, y, width, height].every(Number.isFinite);
}

function colorOf(item: Item, isAlarm: (item: Item) => boolean): string {
  return isAlarm(item) ? alarmColor : classColor(item.classId);
}

// A thin frame with strong corners: the picture underneath stays visible.
function drawFrame({ box }: Detection, color: string, scale: number): string {
  const { x, y, width, height } = box;
  if (!(width > 0 && height > 0)) return '';
  const pen = 1.25 * scale;
  const arm = Math.min(14 * scale, width / 3, height / 3);
  const corners = [
    `M${n(x)} ${n(y + arm)}V${n(y)}H${n(x + arm)}`,
    `M${n(x + width - arm)} ${n(y)}H${n(x + width)}V${n(y + arm)}`,
    `M${n(x + width)} ${n(y + height - arm)}V${n(y + height)}H${n(x + width - arm)}`,
    `M${n(x + arm)} ${n(y + height)}H${n(x)}V${n(y + height - arm)}`,
  ].join('');
  const rect = `x="${n(x)}" y="${n(y)}" width="${n(width)}" height="${n(height)}"`;
  return (
    `<g stroke="${dark}" stroke-opacity="0.55"><rect ${rect} stroke-width="${n(pen * 2.6)}"/>` +
    `<path d="${corners}" stroke-width="${n(pen * 4)}"/></g>` +
    `<g stroke="${color}"><rect ${rect} stroke-width="${n(pen)}"/><path d="${corners}" stroke-width="${n(pen * 2.4)}"/></g>`
  );
}

function drawLabel(item: Detection, color: string, width: number, height: number, scale: number): string {
  const size = 8.2 * scale;
  const padding = 4.5 * scale;
  const name = `${item.label} ${percent(item.score)}`;
  const id = item.trackId === undefined ? '' : `#${item.trackId}`;
  const unit = size / capHeight;
  const nameWidth = textWidth(name) * unit;
  const idWidth = id ? textWidth(id) * unit + 2 * padding : 0;
  const boxWidth = nameWidth + 2 * padding + idWidth;
  // Descenders hang below the baseline.
  const boxHeight = size + 2 * padding + unit;
  const { box } = item;
  const above = box.y - boxHeight - 2 * scale;
  const x = clamp(box.x, 0, width - boxWidth);
  const y = clamp(above >= 0 ? above : box.y + 2 * scale, 0, height - boxHeight);
  const radius = 3 * scale;
  const pen = n(penWidth * 1);
  const idBox = id
    ? `<path d="M${n(x + nameWidth + 2 * padding)} ${n(y)}h${n(idWidth - radius)}q${n(radius)} 0 ${n(radius)} ${n(radius)}` +
      `v${n(boxHeight - 2 * radius)}q0 ${n(radius)} ${n(-radius)} ${n(radius)}h${n(radius - idWidth)}z" fill="${dark}" fill-opacity="0.82"/>` +
      `<g stroke="${color}" stroke-width="${pen}">${textPaths(id, x + nameWidth + 3 * padding, y + padding, size)}</g>`
    : '';
  const ink = color === alarmColor ? '#ffffff' : dark;
  return (
    `<rect x="${n(x)}" y="${n(y)}" width="${n(boxWidth)}" height="${n(boxHeight)}" rx="${n(radius)}" fill="${color}" ` +
    `stroke="${dark}" stroke-opacity="0.55" stroke-width="${n(scale)}"/>${idBox}` +
    `<g stroke="${ink}" stroke-width="${pen}">${textPaths(name, x + padding, y + padding, size)}</g>`
  );
}

function drawLine(line: OverlayLine, width: number, height: number, scale: number): string {
  const x1 = line.from.x * width;
  const y1 = line.from.y * height;
  const x2 = line.to.x * width;
  const y2 = line.to.y * height;
  const path = `d="M${n(x1)} ${n(y1)}L${n(x2)} ${n(y2)}"`;
  const color = line.active ? activeLineColor : lineColor;
  const pen = (line.active ? 3.4 : 2) * scale;
  const size = 7 * scale;
  const labelWidth = (textWidth(line.label) * size) / capHeight;
  const padding = 4 * scale;
  // The name stands beside the lower end, inside the picture.
  const [endX, endY] = y1 > y2 ? [x1, y1] : [x2, y2];
  const x = clamp(endX + 6 * scale, 0, width - labelWidth - 2 * padding);
  const y = clamp(endY - size - 4 * padding, 0, height - size - 2 * padding);
  return (
    `<path ${path} stroke="${dark}" stroke-opacity="0.5" stroke-width="${n(pen + 2.4 * scale)}"/>` +
    `<path ${path} stroke="${color}" stroke-width="${n(pen)}" stroke-dasharray="${n(10 * scale)} ${n(7 * scale)}"/>` +
    `<rect x="${n(x)}" y="${n(y)}" width="${n(labelWidth + 2 * padding)}" height="${n(size + 2 * padding)}" rx="${n(3 * scale)}" fill="${dark}" fill-opacity="0.72"/>` +
    `<g stroke="${color}" stroke-width="${penWidth}">${textPaths(line.label, x + padding, y + padding, size)}</g>`
  );
}

function drawPanel(rows: readonly OverlayCounter[], scale: number): string {
  if (rows.length === 0) return '';
  const size = 9 * scale;
  const unit = size / capHeight;
  const padding = 9 * scale;
  const rowHeight = size + 9 * scale;
  const gap = 14 * scale;
  const labels = Math.max(...rows.map((row) => textWidth(row.label))) * unit;
  const values = Math.max(...rows.map((row) => textWidth(row.value))) * unit;
  const width = labels + gap + values + 2 * padding;
  const height = rows.length * rowHeight - 9 * scale + 2 * padding + unit;
  const at = 10 * scale;
  const text = rows.map(({ label, value, alarm }, row) => {
    const y = at + padding + row * rowHeight;
    const right = at + width - padding - textWidth(value) * unit;
    const color = alarm ? '#ff8a8c' : '#ffffff';
    return (
      `<g stroke="${alarm ? color : '#b8c4d2'}" stroke-width="${penWidth * 0.9}">${textPaths(label, at + padding, y, size)}</g>` +
      `<g stroke="${color}" stroke-width="${penWidth * 1.15}">${textPaths(value, right, y, size)}</g>`
    );
  });
  return (
    `<rect x="${n(at)}" y="${n(at)}" width="${n(width)}" height="${n(height)}" rx="${n(6 * scale)}" fill="${dark}" fill-opacity="0.72"/>` +
    text.join('')
  );
}

// Classes of the whole picture have no place in it: they are listed.
function classRows(items: readonly Item[]): OverlayCounter[] {
  return items
    .filter((item) => !('box' in item))
    .slice(0, 5)
    .map(({ label, score }) => ({
      label: label.length > 40 ? `${label.slice(0, 39)}…` : label,
      value: percent(score),
    }));
}

function percent(score: number): string {
  return `${Math.round(score * 100)}%`;
}

function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(value, high));
}

// Two decimals are a hundredth of a px.
function n(value: number): number {
  return Math.round(value * 100) / 100;
}
