import { describe, expect, it } from 'vitest';
import { randomNumbers } from '../../conformance/random-numbers.js';
import { FaultDeck } from '../../soak/fault-deck.js';
import { faultKinds, faultNames } from '../../soak/fault-kinds.js';

const draws = (deck: FaultDeck, count: number) => Array.from({ length: count }, () => deck.draw(() => true)?.kind);
const all = faultKinds.map(({ kind }) => kind).sort();

describe('a deck of faults', () => {
  it('gives each kind once, the longest first, and shuffles again when asked', () => {
    const deck = new FaultDeck(faultKinds, randomNumbers(1));
    const first = draws(deck, faultKinds.length);
    expect(first[0]).toBe('return to preferred');
    expect([...first].sort()).toEqual(all);
    deck.shuffle();
    const second = draws(deck, faultKinds.length);
    expect([...second].sort()).toEqual(all);
    expect(second).not.toEqual(first);
  });

  it('goes on by weights', () => {
    const deck = new FaultDeck(faultKinds, randomNumbers(2));
    draws(deck, faultKinds.length);
    const weight = faultKinds.reduce((sum, kind) => sum + kind.weight, 0);
    const later = draws(deck, 1000 * weight);
    for (const { kind, weight } of faultKinds) {
      const count = later.filter((each) => each === kind).length;
      // Five standard deviations of a binomial distribution, for numbers that are always the same.
      expect(Math.abs(count - 1000 * weight), kind).toBeLessThan(5 * Math.sqrt(1000 * weight));
    }
  });

  it('keeps what does not fit, and what came to nothing, until it was made', () => {
    const deck = new FaultDeck(faultKinds, randomNumbers(3));
    const withoutSwap = Array.from({ length: 100 }, () => deck.draw(({ kind }) => kind !== 'swap')?.kind);
    expect(withoutSwap).not.toContain('swap');
    const swap = deck.draw(() => true);
    expect(swap?.kind).toBe('swap');
    if (swap) deck.putBack(swap);
    expect(deck.draw(() => true)).toBe(swap);
    expect(deck.draw(() => false)).toBeUndefined();
    expect(deck.isDue).toBe(false);
    expect(deck.draw(() => true, true)).toBeUndefined();
    if (swap) deck.putBack(swap);
    expect(deck.isDue).toBe(true);
    expect(deck.draw(() => true, true)).toBe(swap);
  });

  it('has a name for each kind', () => {
    expect(new Set(faultNames).size).toBe(faultKinds.length + 1);
  });
});
