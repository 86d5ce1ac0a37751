import type { SensorReport } from '../../bridge/sensor-report.js';
import { now } from '../../core/clock.js';
import { readClocks, readPressure } from './clocks.node.js';
import { readHwmon } from './hwmon.node.js';
import { RaplMeter } from './rapl.node.js';
import { SysfsTree } from './sysfs-tree.node.js';
import { readThermalZones, readThrottleCounts } from './thermal.node.js';

/** How sensors are found. */
export interface MachineSensorsOptions {
  /** `/`, or a folder with a tree like the kernel's. */
  root?: string;
  /** A clock in ms that only goes forward. */
  clock?: () => number;
}

/**
 * Temperature, power, clocks, load and throttling of this machine, as the kernel's files tell them; nothing is switched
 * on and nothing needs root, but Intel's counters of energy. Power of such counters is known from the second report on.
 */
export class MachineSensors {
  readonly #root: string;
  readonly #clock: () => number;
  readonly #rapl = new RaplMeter();

  constructor({ root = '/', clock = now }: MachineSensorsOptions = {}) {
    this.#root = root;
    this.#clock = clock;
  }

  /** Reads every sensor once. Never throws: what cannot be read is a problem in the report. */
  async read(): Promise<SensorReport> {
    const tree = new SysfsTree(this.#root);
    const model =
      (await tree.text('sys/firmware/devicetree/base/model')) ?? (await tree.text('sys/class/dmi/id/product_name'));
    await readThermalZones(tree);
    await readHwmon(tree);
    await this.#rapl.read(tree, this.#clock());
    await readClocks(tree);
    await readThrottleCounts(tree);
    await readPressure(tree);
    return { machine: model ?? null, readings: tree.readings, problems: tree.problems };
  }
}
