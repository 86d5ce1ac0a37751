import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const built = fileURLToPath(new URL('../../dist/host/sensors/machine-sensors.node.js', import.meta.url));
const nobody = 65534;

it.skipIf(process.getuid?.() !== 0)('says what an unprivileged user may not read, and how to let him', () => {
  const root = mkdtempSync(join(tmpdir(), 'reflexarc-sysfs-'));
  try {
    chmodSync(root, 0o755);
    const zone = join(root, 'sys/class/powercap/intel-rapl:0');
    mkdirSync(zone, { recursive: true });
    writeFileSync(join(zone, 'energy_uj'), '1\n', { mode: 0o400 });
    const code = `
      const { MachineSensors } = await import(${JSON.stringify(built)});
      console.log(JSON.stringify(await new MachineSensors({ root: ${JSON.stringify(root)} }).read()));`;
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', code], { uid: nobody, gid: nobody });
    const { readings, problems } = JSON.parse(output.toString());
    expect(readings).toEqual([]);
    expect(problems).toEqual([
      {
        path: 'sys/class/powercap/intel-rapl:0/energy_uj',
        reason: 'unreadable',
        message: 'this user may not read it',
        remedy: expect.stringContaining('udev rule'),
      },
    ]);
  } finally {
    rmSync(root, { recursive: true });
  }
});
