import type { SysfsTree } from './sysfs-tree.node.js';

const classFolder = 'sys/class/hwmon';

/**
 * Chips of the hardware monitor: temperatures (m°C), power (µW), over-current events, and rails whose power is voltage ×
 * current (mV × mA), as the INA3221 of Jetson boards has them.
 * @source Linux, Documentation/hwmon/sysfs-interface.rst and ina3221.rst; NVIDIA, Jetson Linux Developer Guide r36,
 * "Jetson Orin": rails of the power monitor, `oc*_event_cnt` of `soctherm_oc`.
 */
export async function readHwmon(tree: SysfsTree): Promise<void> {
  for (const chip of await tree.names(classFolder, /^hwmon\d+$/)) {
    const folder = `${classFolder}/${chip}`;
    const name = (await tree.text(`${folder}/name`)) ?? chip;
    const files = await tree.names(folder, /_(input|event_cnt|average)$/);
    for (const file of files) {
      const [, part, what] = /^([a-z]+\d+)_(input|event_cnt|average)$/.exec(file) ?? [];
      if (part === undefined) continue;
      const path = `${folder}/${file}`;
      const label = (await tree.text(`${folder}/${part}_label`)) ?? part;
      if (what === 'event_cnt') await tree.take({ kind: 'throttling', name: `${name} ${label}`, path, divisor: 1 });
      else if (part.startsWith('temp') && what === 'input') {
        await tree.take({ kind: 'temperature', name: `${name} ${label}`, path, divisor: 1000 });
      } else if (part.startsWith('power')) {
        await tree.take({ kind: 'power', name: `${name} ${label}`, path, divisor: 1e6 });
      }
    }
    await readRails(tree, folder, files);
  }
}

// A rail has a voltage and a current of the same number, and a label of its voltage.
async function readRails(tree: SysfsTree, folder: string, files: readonly string[]): Promise<void> {
  for (const file of files) {
    const [, number] = /^curr(\d+)_input$/.exec(file) ?? [];
    if (number === undefined || !files.includes(`in${number}_input`) || files.includes(`power${number}_input`))
      continue;
    const label = await tree.text(`${folder}/in${number}_label`);
    // A channel without a label is a meter's, not a rail's; NC is wired to nothing, the sum adds up the others.
    if (label === undefined || label === 'NC' || /^sum of shunt/i.test(label)) continue;
    const path = `${folder}/${file}`;
    const millivolts = await tree.number(`${folder}/in${number}_input`);
    const milliamperes = await tree.number(path);
    if (millivolts === undefined || milliamperes === undefined) continue;
    tree.give('power', label, (millivolts * milliamperes) / 1e6, path);
  }
}
