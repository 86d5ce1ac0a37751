import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type SensorReport, sensorUnits } from '../../../../src/bridge/sensor-report.js';
import { MachineSensors } from '../../../../src/host/sensors/machine-sensors.node.js';
import { plausible } from '../../../../src/host/sensors/plausible.js';

interface Tree {
  constructed: true;
  source: string;
  files: Record<string, string>;
}

const folders: string[] = [];

/** Writes a constructed tree. */
function grow(name: string): string {
  const url = new URL(`../../../fixtures/sysfs/${name}.json`, import.meta.url);
  const tree: Tree = JSON.parse(readFileSync(url, 'utf8'));
  const root = mkdtempSync(join(tmpdir(), 'reflexarc-sysfs-'));
  folders.push(root);
  for (const [path, text] of Object.entries(tree.files)) put(root, path, text);
  return root;
}

function put(root: string, path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

const brief = ({ readings }: SensorReport) =>
  Object.fromEntries(
    readings.map(({ kind, name, value, unit }) => [`${kind} ${name}`, `${Number(value.toFixed(6))} ${unit}`]),
  );

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

describe('sensors of a machine', () => {
  it('reads an Intel machine as the kernel documents it; power from the second report on, across a wrap', async () => {
    const root = grow('intel-server');
    let time = 1000;
    const sensors = new MachineSensors({ root, clock: () => time });
    const first = await sensors.read();
    expect(first.machine).toBe('Constructed Panel PC');
    expect(first.problems).toEqual([]);
    expect(brief(first)).toEqual({
      'temperature acpitz': '27.8 °C',
      'temperature x86_pkg_temp': '61 °C',
      'throttling Processor': '2 count',
      'temperature coretemp Package id 0': '60 °C',
      'temperature coretemp Core 0': '59 °C',
      'clock cpu0': '3400 MHz',
      'clock cpu2': '1200 MHz',
      'clock cpu10': '800 MHz',
      'throttling cpu0': '7 count',
      'throttling package-0': '9 count',
      'throttling cpu1': '0 count',
      'load pressure cpu': '12.5 %',
      'load pressure memory': '0 %',
    });
    // 15.32885 J and 4 J in half a second, the first past the end of the counter's range.
    time += 500;
    put(root, 'sys/class/powercap/intel-rapl:0/energy_uj', '15000000\n');
    put(root, 'sys/class/powercap/intel-rapl:0:0/energy_uj', '5000000\n');
    const second = brief(await sensors.read());
    expect(second['power package-0']).toBe('30.6577 W');
    expect(second['power core']).toBe('8 W');
  });

  it('reads a Jetson: rails, load of the graphics, over-current; not what is connected to nothing', async () => {
    const report = await new MachineSensors({ root: grow('jetson-orin') }).read();
    expect(report.machine).toBe('NVIDIA Jetson AGX Orin Developer Kit');
    expect(brief(report)).toEqual({
      'temperature cpu-thermal': '48.562 °C',
      'temperature gpu-thermal': '45.25 °C',
      'temperature tj-thermal': '48.562 °C',
      'throttling devfreq-17000000.gpu': '4 count',
      'throttling soctherm_oc oc1': '0 count',
      'throttling soctherm_oc oc3': '12 count',
      'power VDD_GPU_SOC': '2.591616 W',
      'power VDD_CPU_CV': '0.457536 W',
      'clock cpu0': '2201.6 MHz',
      'clock 17000000.gpu': '930.75 MHz',
      'load 17000000.gpu': '62.5 %',
    });
    // A block that is switched off says −256 °C.
    expect(report.problems).toEqual([
      {
        path: 'sys/class/thermal/thermal_zone2/temp',
        reason: 'absurd',
        message: '-256 °C where -55 to 200 °C is possible',
      },
    ]);
  });

  it('reads an RK3588', async () => {
    const report = await new MachineSensors({ root: grow('rk3588') }).read();
    expect(report.machine).toBe('Radxa ROCK 5B');
    expect(report.problems).toEqual([]);
    expect(brief(report)).toEqual({
      'temperature soc-thermal': '38.846 °C',
      'temperature npu-thermal': '39.769 °C',
      'clock cpu0': '1800 MHz',
      'clock cpu4': '2256 MHz',
      'clock cpu6': '2256 MHz',
      'clock dmc': '2112 MHz',
      'load dmc': '17 %',
      'clock fb000000.gpu': '300 MHz',
      'load fb000000.gpu': '0 %',
      'clock fdab0000.npu': '1000 MHz',
    });
  });

  it('makes a problem, and never a value, of what cannot be', async () => {
    const root = grow('broken');
    let time = 0;
    const sensors = new MachineSensors({ root, clock: () => time });
    await sensors.read();
    time = 100;
    // A counter that goes back, and no range to say how far.
    put(root, 'sys/class/powercap/intel-rapl:0/energy_uj', '4000000\n');
    const { readings, problems } = await sensors.read();
    expect(readings).toEqual([]);
    const reasons = problems.map(({ path, reason }) => `${reason} ${path.replace(/^sys\/(class|devices)\//, '')}`);
    expect(reasons).toEqual([
      'absurd thermal/thermal_zone0/temp',
      'absurd thermal/thermal_zone1/temp',
      'unreadable thermal/thermal_zone5/temp',
      'absurd hwmon/hwmon0/temp1_input',
      'absurd hwmon/hwmon1/curr1_input',
      'absurd powercap/intel-rapl:0/energy_uj',
      'absurd system/cpu/cpufreq/policy0/scaling_cur_freq',
      'absurd devfreq/dmc/cur_freq',
      'absurd devfreq/dmc/load',
      'absurd proc/pressure/cpu',
    ]);
  });

  it('is empty where there are no sensors', async () => {
    const root = mkdtempSync(join(tmpdir(), 'reflexarc-sysfs-'));
    folders.push(root);
    expect(await new MachineSensors({ root }).read()).toEqual({ machine: null, readings: [], problems: [] });
  });

  it("reads this machine's own tree without failing, and gives only what can be", async () => {
    const sensors = new MachineSensors();
    await sensors.read();
    const { readings, problems } = await sensors.read();
    for (const { kind, value, unit, path } of readings) {
      expect(unit, path).toBe(sensorUnits[kind]);
      expect(value, path).toBeGreaterThanOrEqual(plausible[kind][0]);
      expect(value, path).toBeLessThanOrEqual(plausible[kind][1]);
      // What is not in the file itself is computed from it: read it again to see that it is there.
      expect(readFileSync(join('/', path), 'utf8'), path).not.toBe('');
    }
    for (const { message } of problems) expect(message).not.toBe('');
  });
});
