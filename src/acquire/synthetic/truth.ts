import type { Box } from '../../core/box.js';
import { conveyorLabels } from './labels.js';
import { beltOffset, createLayout, type Layout, type Part, PartLine, type SyntheticOptions } from './layout.js';
import { Relief } from './outline.js';

/** One part that is in a frame. */
export interface TruthItem {
  /** The part; the same number in every frame that shows it. */
  id: number;
  classId: number;
  label: string;
  /** Box of the whole part in px of the frame, without its shadow; not clipped. */
  box: Box;
  /** Share of the box that lies inside the frame, 0…1. Below one half it is not counted for or against a detector. */
  visible: number;
}

/** How many parts passed a line. */
export interface TruthCounts {
  /** Parts whose box's centre went from the left of the line to it or beyond. */
  expected: number;
  /** Those of them that are defective. */
  rejectable: number;
}

/** What is really on the belt. Nothing that a pipeline sees leads here. */
export interface Truth {
  /** The parts in a frame, from right to left. */
  items(frame: number): TruthItem[];
  /** Parts that crossed the vertical line at `line` (a fraction of the width) from frame 0 to frame `frames` − 1. */
  counts(frames: number, line?: number): TruthCounts;
}

/** The truth about the frames that a synthetic source with these options delivers. Outlines are worked out once per part. */
export function createTruth(options: SyntheticOptions): Truth {
  return new SceneTruth(options);
}

class SceneTruth implements Truth {
  readonly #options: SyntheticOptions;
  readonly #layout: Layout;
  readonly #parts: PartLine;
  readonly #relief: Relief;
  /** Boxes around the parts' centres, by id. */
  readonly #outlines = new Map<number, Box>();

  constructor(options: SyntheticOptions) {
    this.#options = options;
    this.#layout = createLayout(options);
    this.#parts = new PartLine(options, this.#layout);
    this.#relief = new Relief(this.#layout);
  }

  items(frame: number): TruthItem[] {
    const { width } = this.#options;
    const items: TruthItem[] = [];
    this.#parts.visit(frame, 0, (part, x) => {
      const outline = this.#outline(part);
      const box = { x: x + outline.x, y: part.y + outline.y, width: outline.width, height: outline.height };
      const inside = Math.min(box.x + box.width, width) - Math.max(box.x, 0);
      if (inside <= 0) return;
      const label = conveyorLabels[part.classId];
      items.push({ id: part.id, classId: part.classId, label, box, visible: inside / box.width });
    });
    return items;
  }

  counts(frames: number, line = 0.5): TruthCounts {
    const counts = { expected: 0, rejectable: 0 };
    const at = line * this.#options.width;
    const last = Math.max(0, frames - 1);
    const travelled = beltOffset(this.#options, last);
    // Every part that crossed was to the left of the line at first, and the belt brought it there.
    this.#parts.visit(0, travelled, (part, x) => {
      const outline = this.#outline(part);
      const centre = x + outline.x + outline.width / 2;
      if (centre >= at || centre + travelled < at) return;
      counts.expected++;
      if (part.defective) counts.rejectable++;
    });
    return counts;
  }

  #outline(part: Part): Box {
    const known = this.#outlines.get(part.id);
    if (known) return known;
    const relief = this.#relief;
    relief.begin(part, this.#layout);
    relief.fill(relief.side);
    const { side, coverage } = relief;
    let left = side;
    let right = 0;
    let top = side;
    let bottom = 0;
    for (let row = 0; row < side; row++) {
      for (let column = 0; column < side; column++) {
        if (coverage[row * side + column] < 0.5) continue;
        left = Math.min(left, column);
        right = Math.max(right, column + 1);
        top = Math.min(top, row);
        bottom = Math.max(bottom, row + 1);
      }
    }
    const box = { x: left - side / 2, y: top - side / 2, width: right - left, height: bottom - top };
    this.#outlines.set(part.id, box);
    return box;
  }
}
