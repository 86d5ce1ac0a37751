import type { FaultKind } from './fault-kinds.js';

/** Draws kinds of faults: each once, in an order by chance, and after that by their weights, until it is shuffled anew. */
export class FaultDeck {
  readonly #kinds: readonly FaultKind[];
  readonly #tickets: readonly FaultKind[];
  readonly #random: () => number;
  #due: FaultKind[] = [];

  constructor(kinds: readonly FaultKind[], random: () => number) {
    this.#kinds = kinds;
    this.#tickets = kinds.flatMap((kind) => Array.from({ length: kind.weight }, () => kind));
    this.#random = random;
    this.shuffle();
  }

  /** Every kind is due again; those that take long come first. */
  shuffle(): void {
    const rest = this.#kinds.filter(({ on }) => on !== 'visitor');
    this.#due = this.#kinds.filter(({ on }) => on === 'visitor');
    while (rest.length > 0) this.#due.push(...rest.splice(this.#random() % rest.length, 1));
  }

  /** Something is due, what takes long left out. */
  get isDue(): boolean {
    return this.#due.some(({ on }) => on !== 'visitor');
  }

  /** The next that can be made; what cannot be made now stays due. @param dueOnly nothing by chance any more. */
  draw(fits: (kind: FaultKind) => boolean, dueOnly = false): FaultKind | undefined {
    const due = this.#due.findIndex(fits);
    if (due >= 0) return this.#due.splice(due, 1)[0];
    if (dueOnly) return undefined;
    const kind = this.#tickets[this.#random() % this.#tickets.length];
    return fits(kind) ? kind : undefined;
  }

  /** Nothing came of it: it is due again. */
  putBack(kind: FaultKind): void {
    if (!this.#due.includes(kind)) this.#due.push(kind);
  }
}
