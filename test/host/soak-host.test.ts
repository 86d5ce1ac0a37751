import { expect, it } from 'vitest';
import { describeWith } from '../assets.js';
import { seed } from '../conformance/random-numbers.js';
import { faultNames } from '../soak/fault-kinds.js';
import { soakHost } from '../soak/host-soak.js';

// The short form of `npm run soak:host`: the same faults, fewer of them. On other numbers with REFLEXARC_SEED.
describeWith('a host with pages for two minutes', process.platform === 'linux', 'Linux', () => {
  it('keeps its word, whatever is done to it', { timeout: 600_000 }, async () => {
    const report = await soakHost({ minutes: 2, seed, timed: false });
    expect(report.checks.filter(({ passed }) => !passed)).toEqual([]);
    const made = report.faults.filter(({ idle }) => !idle).map(({ kind }) => kind);
    expect([...new Set(made)].sort()).toEqual([...faultNames].sort());
    for (const client of report.clients) expect(client.results, client.name).toBeGreaterThan(0);
  });
});
