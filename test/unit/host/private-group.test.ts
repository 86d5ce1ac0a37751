import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { isPrivateGroup } from '../../../src/host/private-group.node.js';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'reflexarc-groups-'));
  writeFileSync(
    join(folder, 'passwd'),
    [
      'root:x:0:0:root:/root:/bin/bash',
      'anna:x:1000:1000::/home/anna:/bin/bash',
      'bert:x:1001:1001::/home/bert:/bin/bash',
      'carl:x:1002:100::/home/carl:/bin/bash',
      '',
    ].join('\n'),
  );
  const groups = [
    'root:x:0:',
    'anna:x:1000:',
    'bert:x:1001:anna',
    'users:x:100:',
    'line:x:50:root,anna',
    'far:x:60:dora',
  ];
  writeFileSync(join(folder, 'group'), `${groups.join('\n')}\n`);
});

afterAll(() => rmSync(folder, { recursive: true }));

it.each([
  ['of her name', 1000, 1000, true],
  ['of root, where only root is in it', 0, 1000, true],
  ['that lists her and root', 50, 1000, true],
  ['of another', 1001, 1000, false],
  ['of his name, which lists another', 1001, 1001, false],
  ['that others have in their row', 100, 1000, false],
  ['with somebody of another list', 60, 1000, false],
  ['that is not listed', 70, 1000, false],
])('a group %s', async (_, gid, own, expected) => {
  expect(await isPrivateGroup(gid, own, folder)).toBe(expected);
});

it('is nobody’s alone without lists', async () => {
  expect(await isPrivateGroup(1000, 1000, join(folder, 'none'))).toBe(false);
});
