import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { requireStore, usualStore } from '../../../src/cli/usual-store.node.js';
import { createToken, usualTokenFile, writeTokenFile } from '../../../src/host/token-file.node.js';

// As Node does for a user who has a number and no entry in the system's list, nor HOME.
vi.mock('node:os', async (original) => {
  const nobody = (name: string) => () => {
    throw new Error(`A system error occurred: ${name} returned ENOENT`);
  };
  return {
    ...(await original<typeof import('node:os')>()),
    userInfo: nobody('uv_os_get_passwd'),
    homedir: nobody('uv_os_homedir'),
  };
});

describe('a user without a name', () => {
  it('has a token file of its own', async () => {
    expect(usualTokenFile({})).toBe(join(tmpdir(), `reflexarc-${process.getuid?.()}`, 'reflexarc', 'host.json'));
    expect(usualTokenFile({ XDG_RUNTIME_DIR: '/run/user/54321' })).toBe('/run/user/54321/reflexarc/host.json');
    const folder = mkdtempSync(join(tmpdir(), 'reflexarc-token-'));
    const file = join(folder, 'host.json');
    await writeTokenFile(file, { url: 'http://127.0.0.1:9/', port: 9, pid: 9, token: createToken(), store: folder });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    rmSync(folder, { recursive: true });
  });

  it('must say where its store is, or where its data are', () => {
    expect(usualStore({})).toBeUndefined();
    expect(usualStore({ XDG_DATA_HOME: '/data' })).toBe('/data/reflexarc/store');
    expect(() => requireStore(usualStore({}))).toThrow(/--store.*no home folder.*set HOME/);
  });
});
