import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { lockStore } from '../../../src/host/store-lock.node.js';
import { describeWith } from '../../assets.js';

describeWith('lockStore', process.platform === 'linux', 'Linux', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'reflexarc-lock-'));
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  it('is held by one, who is named, until it is closed', async () => {
    const first = await lockStore(folder);
    await expect(lockStore(folder)).rejects.toMatchObject({
      code: 'ERR_ARGUMENT',
      received: `one that does (pid ${process.pid})`,
    });
    expect(statSync(join(folder, 'lock')).mode & 0o777).toBe(0o600);
    first.close();
    (await lockStore(folder)).close();
  });

  it('goes to one of many that race, each time', async () => {
    for (let round = 0; round < 5; round++) {
      const all = await Promise.allSettled([...Array(20)].map(() => lockStore(folder)));
      const held = all.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
      expect(held).toHaveLength(1);
      held[0].close();
    }
  });

  it('ends with a process that is killed', async () => {
    // flock(1) takes the same lock, and names a file that it has made.
    const other = spawn('flock', ['--close', join(folder, 'lock'), 'sh', '-c', 'echo; sleep 1000 >&- 2>&-'], {
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    });
    try {
      await once(other.stdout, 'data');
      await expect(lockStore(folder)).rejects.toMatchObject({ expected: 'no other host that uses it' });
    } finally {
      process.kill(-(other.pid as number), 'SIGKILL');
    }
    if (other.signalCode === null) await once(other, 'exit');
    (await lockStore(folder)).close();
  });

  it('cannot be taken by the name of the folder, which everybody may know', async () => {
    const name = createHash('sha256').update(folder).digest('hex');
    const squatter = createServer();
    await new Promise<void>((done) => squatter.listen(`\0reflexarc-store-${name}`, done));
    (await lockStore(folder)).close();
    squatter.close();
  });

  it('follows no link, and says where a folder takes no file', async () => {
    writeFileSync(join(folder, 'other'), '');
    symlinkSync('other', join(folder, 'lock'));
    await expect(lockStore(folder)).rejects.toMatchObject({ code: 'ERR_SINK' });
    await expect(lockStore(join(folder, 'none'))).rejects.toMatchObject({
      code: 'ERR_SINK',
      received: 'no such folder',
    });
  });
});
