import type { SysfsTree } from './sysfs-tree.node.js';

const thermal = 'sys/class/thermal';

/**
 * Temperatures of the thermal zones (in the file: m°C), and steps by which cooling devices hold processors back.
 * @source Linux, Documentation/driver-api/thermal/sysfs-api.rst; zone names of RK3588 (`npu-thermal`) and Jetson
 * (`gpu-thermal`, `tj-thermal`) as their device trees give them.
 */
export async function readThermalZones(tree: SysfsTree): Promise<void> {
  for (const zone of await tree.names(thermal, /^thermal_zone\d+$/)) {
    const folder = `${thermal}/${zone}`;
    // A zone that is switched off keeps its last word.
    if ((await tree.text(`${folder}/mode`)) === 'disabled') continue;
    const name = (await tree.text(`${folder}/type`)) ?? zone;
    await tree.take({ kind: 'temperature', name, path: `${folder}/temp`, divisor: 1000 });
  }
  for (const device of await tree.names(thermal, /^cooling_device\d+$/)) {
    const folder = `${thermal}/${device}`;
    const type = await tree.text(`${folder}/type`);
    // Fans cool by working; these cool by working less.
    if (type === undefined || !/cpu|gpu|processor|devfreq|npu/i.test(type)) continue;
    await tree.take({ kind: 'throttling', name: type, path: `${folder}/cur_state`, divisor: 1 });
  }
}

/**
 * How often processors throttled themselves because of heat.
 * @source Linux, drivers of x86 machine checks: `thermal_throttle/core_throttle_count` and `package_throttle_count`,
 * described in Documentation/admin-guide/thermal/.
 */
export async function readThrottleCounts(tree: SysfsTree): Promise<void> {
  const cpus = 'sys/devices/system/cpu';
  const packages = new Set<number>();
  for (const cpu of await tree.names(cpus, /^cpu\d+$/)) {
    const folder = `${cpus}/${cpu}/thermal_throttle`;
    await tree.take({ kind: 'throttling', name: cpu, path: `${folder}/core_throttle_count`, divisor: 1 });
    const socket = (await tree.number(`${cpus}/${cpu}/topology/physical_package_id`)) ?? 0;
    // Every core of a package repeats the package's count.
    if (packages.has(socket)) continue;
    packages.add(socket);
    await tree.take({
      kind: 'throttling',
      name: `package-${socket}`,
      path: `${folder}/package_throttle_count`,
      divisor: 1,
    });
  }
}
