import type { SysfsTree } from './sysfs-tree.node.js';

const policies = 'sys/devices/system/cpu/cpufreq';
const devices = 'sys/class/devfreq';

/**
 * Clocks of processors (in the file: kHz) and of devices (Hz), and the load of devices.
 * @source Linux, Documentation/admin-guide/pm/cpufreq.rst and ABI/testing/sysfs-class-devfreq; load of a Jetson's GPU in
 * ‰: jetson_stats; `LOAD@FREQHz` of Rockchip's kernel: its devfreq driver.
 */
export async function readClocks(tree: SysfsTree): Promise<void> {
  for (const policy of await tree.names(policies, /^policy\d+$/)) {
    const path = `${policies}/${policy}/scaling_cur_freq`;
    await tree.take({ kind: 'clock', name: policy.replace('policy', 'cpu'), path, divisor: 1000 });
  }
  for (const device of await tree.names(devices, /./)) {
    await tree.take({ kind: 'clock', name: device, path: `${devices}/${device}/cur_freq`, divisor: 1e6 });
    await readLoad(tree, device);
  }
}

async function readLoad(tree: SysfsTree, device: string): Promise<void> {
  const rockchip = `${devices}/${device}/load`;
  const text = await tree.text(rockchip);
  if (text !== undefined) {
    const [, percent] = /^(\d+)@\d+(?:Hz)?$/.exec(text) ?? [];
    if (percent === undefined)
      tree.absurd(rockchip, `"${text.slice(0, 40)}" where a load like 12@300000000Hz was expected`);
    else tree.give('load', device, Number(percent), rockchip);
    return;
  }
  if (!/gpu/.test(device)) return;
  await tree.take({ kind: 'load', name: device, path: `${devices}/${device}/device/load`, divisor: 10 });
}

/**
 * Share of the last ten seconds in which some task waited for a processor, for memory, for storage.
 * @source Linux, Documentation/accounting/psi.rst.
 */
export async function readPressure(tree: SysfsTree): Promise<void> {
  for (const name of ['cpu', 'memory', 'io']) {
    const path = `proc/pressure/${name}`;
    const text = await tree.text(path);
    if (text === undefined) continue;
    const [, share] = /^some avg10=(\d+(?:\.\d+)?) /m.exec(text) ?? [];
    if (share === undefined) tree.absurd(path, 'no line "some avg10=…"');
    else tree.give('load', `pressure ${name}`, Number(share), path);
  }
}
