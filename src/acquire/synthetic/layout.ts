import type { SyntheticSourceDefinition } from '../../core/definition.js';
import { partKinds } from './parts.js';
import { hash, Random } from './random.js';

/** Settings of the camera with every default filled in. */
export type SyntheticOptions = SyntheticSourceDefinition;

/** One part on the belt. Lengths are in reference px (a belt seen 1280 px wide) unless they say otherwise. */
export interface Part {
  /** Grows from right to left along the belt, lane by lane; unique in a scene. */
  readonly id: number;
  /** Index in `partKinds`. */
  readonly kind: number;
  readonly defective: boolean;
  /** Index in `conveyorLabels`. */
  readonly classId: number;
  /** Where its centre would be in frame 0, in px of the frame. The belt carries it to the right. */
  readonly startX: number;
  /** Its centre, in px of the frame; constant. */
  readonly y: number;
  /** Key of everything random about its looks. */
  readonly key: number;
  /** Size relative to its kind's, 0.88…1.12. */
  readonly size: number;
  /** How it lies, in turns. */
  readonly rotation: number;
}

/** Sizes that follow from the options; px of the frame. */
export interface Layout {
  readonly width: number;
  readonly height: number;
  /** Frame px per reference px. */
  readonly scale: number;
  /** Height of each of the two rails. */
  readonly rail: number;
  readonly lanes: number;
  /** Length along the belt and width across it of the cell that holds at most one part. */
  readonly pitch: number;
  readonly laneHeight: number;
  /** Columns of cells that are on the belt at frame 0. */
  readonly columns: number;
  /** Largest distance of a part's pixel from its centre. */
  readonly reach: number;
}

/** Reference px: rails, smallest cell, largest radius of a part. */
const reference = { width: 1280, height: 720, rail: 50, cell: 206, reach: 85 };

/** Works out the sizes of a scene. */
export function createLayout(options: SyntheticOptions): Layout {
  const { width, height } = options;
  const scale = Math.min(width / reference.width, height / reference.height);
  const rail = Math.round(reference.rail * scale);
  const belt = height - 2 * rail;
  const lanes = Math.max(1, Math.floor(belt / (reference.cell * scale) + 0.01));
  const pitch = reference.cell * scale;
  return {
    width,
    height,
    scale,
    rail,
    lanes,
    pitch,
    laneHeight: belt / lanes,
    columns: Math.ceil(width / pitch) + 2,
    reach: Math.ceil(reference.reach * scale),
  };
}

/** How far the belt has moved at a frame, in whole px, so that belt and parts move as one. */
export function beltOffset(options: SyntheticOptions, frame: number): number {
  return Math.round((frame * options.speed * options.width) / (reference.width * options.frameRate));
}

/** The part in a cell of the belt, or `undefined` for an empty cell. Column 0 is the first to enter after frame 0. */
export function partInCell(options: SyntheticOptions, layout: Layout, column: number, lane: number): Part | undefined {
  const key = hash(options.seed, column, lane, 0x70617274);
  const random = new Random(key);
  if (random.unit() >= 0.5 * options.density) return undefined;
  const kind = random.below(partKinds.length);
  const defective = random.unit() < 0.35;
  const size = random.range(0.88, 1.12);
  const radius = partKinds[kind].radius * size * layout.scale + 2;
  // The part may lie anywhere in its cell; every second lane is moved by half a cell, so that no grid is seen.
  const slackX = Math.max(0, layout.pitch / 2 - radius);
  const slackY = Math.max(0, layout.laneHeight / 2 - radius);
  const stagger = (lane & 1) * 0.5 + 0.5;
  return {
    id: (column + layout.columns) * layout.lanes + lane,
    kind,
    defective,
    classId: kind * 2 + (defective ? 1 : 0),
    startX: Math.round(-(column + stagger) * layout.pitch + random.range(-slackX, slackX)),
    y: Math.round(layout.rail + (lane + 0.5) * layout.laneHeight + random.range(-slackY, slackY)),
    key: hash(key, 1),
    size,
    rotation: random.unit(),
  };
}

/** Parts kept in mind per scene; a few belts full. */
const remembered = 2048;

/** The parts of a scene. Remembers those that were asked for lately, so that walking along the belt makes no garbage. */
export class PartLine {
  readonly #options: SyntheticOptions;
  readonly #layout: Layout;
  readonly #known = new Map<number, Part | undefined>();

  constructor(options: SyntheticOptions, layout: Layout) {
    this.#options = options;
    this.#layout = layout;
  }

  /**
   * Calls `visit` with every part that may show in a frame, and its centre's x in px, from right to left.
   * `ahead` px more of the belt are looked at on the side where parts enter.
   */
  visit(frame: number, ahead: number, visit: (part: Part, x: number) => void): void {
    const offset = beltOffset(this.#options, frame);
    const { pitch, reach, width, columns, lanes } = this.#layout;
    const first = Math.max(-columns, Math.floor((offset - width - reach) / pitch) - 1);
    const last = Math.ceil((offset + reach + ahead) / pitch) + 1;
    for (let column = first; column <= last; column++) {
      for (let lane = 0; lane < lanes; lane++) {
        const part = this.#at(column, lane);
        if (!part) continue;
        const x = part.startX + offset;
        if (x > -reach - ahead && x < width + reach) visit(part, x);
      }
    }
  }

  #at(column: number, lane: number): Part | undefined {
    const id = (column + this.#layout.columns) * this.#layout.lanes + lane;
    const known = this.#known.get(id);
    if (known || this.#known.has(id)) return known;
    if (this.#known.size >= remembered) this.#known.clear();
    const part = partInCell(this.#options, this.#layout, column, lane);
    this.#known.set(id, part);
    return part;
  }
}
