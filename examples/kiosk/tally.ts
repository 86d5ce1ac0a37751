import type { Result, RuleEvent } from 'reflexarc';

/** Counts of one label. */
export interface LabelCount {
  label: string;
  classId: number;
  found: number;
  rejected: number;
}

/** Ids remembered at most; older ones cannot come back. */
const maxTracks = 4096;

/**
 * Counts what was seen: each followed object once, and each rejected one once. A label that is rejected by its ending,
 * as in `*-defective`, is counted under its stem: a gear with a defect is a gear.
 */
export class Tally {
  readonly #suffixes: readonly string[];
  readonly #counts = new Map<string, LabelCount>();
  readonly #tracks = new Set<number>();
  #scene: string | undefined;
  found = 0;
  passed = 0;
  rejected = 0;

  /** @param reject Labels to reject, as in the rule. */
  constructor(reject: readonly string[]) {
    this.#suffixes = reject.filter((pattern) => pattern.startsWith('*')).map((pattern) => pattern.slice(1));
  }

  /** Adds one frame's items. */
  add({ items }: Result): void {
    for (const item of items) {
      if (!('box' in item) || item.trackId === undefined || this.#tracks.has(item.trackId)) continue;
      this.#tracks.add(item.trackId);
      if (this.#tracks.size > maxTracks) this.#tracks.delete(this.#tracks.values().next().value as number);
      this.#find(item.label, item.classId);
    }
    // A classifier names the whole picture: it has found something when the name changes.
    const [best] = items;
    if (best && !('box' in best) && best.label !== this.#scene) {
      this.#scene = best.label;
      this.#find(best.label, best.classId);
    }
  }

  /** Adds what a rule saw. */
  event({ type, label, classId }: RuleEvent): void {
    if (type === 'crossing') {
      this.passed++;
      return;
    }
    this.rejected++;
    this.#of(label, classId).rejected++;
  }

  /** The labels seen so far, the most frequent first. */
  get labels(): LabelCount[] {
    return [...this.#counts.values()].sort((a, b) => b.found - a.found || a.classId - b.classId);
  }

  #find(label: string, classId: number): void {
    this.found++;
    this.#of(label, classId).found++;
  }

  #of(label: string, classId: number): LabelCount {
    const suffix = this.#suffixes.find((ending) => label.endsWith(ending) && label !== ending);
    const stem = suffix === undefined ? label : label.slice(0, -suffix.length);
    const count = this.#counts.get(stem) ?? { label: stem, classId, found: 0, rejected: 0 };
    this.#counts.set(stem, count);
    // The sound part's colour stands for both.
    if (label === stem) count.classId = classId;
    return count;
  }
}
