import type { SysfsTree } from './sysfs-tree.node.js';

const folder = 'sys/class/powercap';
const remedy =
  'Let a group read it by a udev rule: SUBSYSTEM=="powercap", KERNEL=="intel-rapl*", ' +
  'RUN+="/usr/bin/chgrp inference /sys%p/energy_uj", RUN+="/usr/bin/chmod g+r /sys%p/energy_uj".';

interface Count {
  microjoules: number;
  timeMs: number;
}

/**
 * Power of processor packages and their parts from counters of energy, which wrap: a zone's first reading gives nothing
 * yet. On most systems only root may read them, because they tell of other processes.
 * @source Linux, Documentation/power/powercap/powercap.rst.
 */
export class RaplMeter {
  readonly #before = new Map<string, Count>();

  /** @param timeMs of a clock that only goes forward. */
  async read(tree: SysfsTree, timeMs: number): Promise<void> {
    // `intel-rapl-mmio` shows the same package once more.
    for (const zone of await tree.names(folder, /^intel-rapl:\d+(:\d+)?$/)) {
      const path = `${folder}/${zone}/energy_uj`;
      const microjoules = await tree.number(path, remedy);
      if (microjoules === undefined) continue;
      const before = this.#before.get(zone);
      this.#before.set(zone, { microjoules, timeMs });
      if (!before || timeMs <= before.timeMs) continue;
      let used = microjoules - before.microjoules;
      if (used < 0) used += (await tree.number(`${folder}/${zone}/max_energy_range_uj`)) ?? Number.NaN;
      const name = (await tree.text(`${folder}/${zone}/name`)) ?? zone;
      if (Number.isNaN(used)) tree.absurd(path, 'a counter that went back, without max_energy_range_uj');
      else tree.give('power', name, used / 1000 / (timeMs - before.timeMs), path);
    }
  }
}
