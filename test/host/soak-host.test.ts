import { expect, it } from 'vitest';
import { describeWith } from '../assets.js';
import { seed } from '../conformance/random-numbers.js';
import { soakHost } from '../soak/host-soak.js';

// The short form of `npm run soak:host`: the same faults, fewer of them. On other numbers with REFLEXARC_SEED.
describeWith('a host with pages for a minute', process.platform === 'linux', 'Linux', () => {
  it('keeps its word, whatever is done to it', { timeout: 300_000 }, async () => {
    const report = await soakHost({ minutes: 1.1, seed, timed: false });
    expect(report.checks.filter(({ passed }) => !passed)).toEqual([]);
    const made = new Set(report.faults.map(({ kind }) => kind));
    expect(made.size).toBeGreaterThan(6);
    for (const client of report.clients) expect(client.results, client.name).toBeGreaterThan(0);
  });
});
