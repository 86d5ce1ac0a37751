import type { Processed } from './engine.js';
import type { Arrival } from './frame-feed.js';

/** A frame on its way: given to the engine, not yet answered. */
export interface Flight {
  arrival: Arrival;
  slot: number;
  processed: Promise<Processed>;
}

// One for all: a closure made while waiting would keep every earlier wait alive.
const nobody = () => {};

/** Frames in flight in their order, between the side that launches and the side that answers. */
export class FlightQueue {
  readonly #flights: Flight[] = [];
  readonly #freeSlots: number[];
  #end: { error?: unknown } | undefined;
  #changed: () => void = nobody;

  constructor(slots: number) {
    this.#freeSlots = Array.from({ length: slots }, (_, slot) => slot);
  }

  /** A slot that no frame uses; waits for one. `undefined` after the end. */
  async takeSlot(): Promise<number | undefined> {
    while (this.#freeSlots.length === 0 && !this.#end) await this.#change();
    return this.#end ? undefined : this.#freeSlots.shift();
  }

  freeSlot(slot: number): void {
    this.#freeSlots.push(slot);
    this.#changed();
  }

  push(flight: Flight): void {
    this.#flights.push(flight);
    this.#changed();
  }

  /** The oldest flight; waits for one. After the end: `undefined`, or a rejection with what ended it. */
  async shift(): Promise<Flight | undefined> {
    while (this.#flights.length === 0 && !this.#end) await this.#change();
    const flight = this.#flights.shift();
    if (!flight && this.#end && 'error' in this.#end) throw this.#end.error;
    return flight;
  }

  /** No more flights will come. Those under way are still answered. */
  finish(end: { error?: unknown } = {}): void {
    this.#end ??= end;
    this.#changed();
  }

  /** Takes all flights that nobody will answer. */
  drain(): Flight[] {
    return this.#flights.splice(0);
  }

  #change(): Promise<void> {
    const previous = this.#changed;
    return new Promise((resolve) => {
      this.#changed = () => {
        this.#changed = nobody;
        previous();
        resolve();
      };
    });
  }
}
