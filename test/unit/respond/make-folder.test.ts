import { existsSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeFolder } from '../../../src/respond/make-folder.node.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'make-folder-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

it('makes each level, once, however many ask', async () => {
  const path = join(root, 'a', 'b', 'c');
  await Promise.all([makeFolder(path), makeFolder(path), makeFolder(join(root, 'a', 'd'))]);
  await makeFolder(path);
  expect(statSync(path).isDirectory()).toBe(true);
  expect(statSync(join(root, 'a', 'd')).isDirectory()).toBe(true);
});

it('follows links to folders', async () => {
  symlinkSync(root, join(root, 'link'));
  await makeFolder(join(root, 'link', 'inside'));
  expect(existsSync(join(root, 'inside'))).toBe(true);
});

it('fails where a file is in the way', async () => {
  writeFileSync(join(root, 'file'), '');
  await expect(makeFolder(join(root, 'file'))).rejects.toMatchObject({ code: 'EEXIST' });
  await expect(makeFolder(join(root, 'file', 'a', 'b'))).rejects.toMatchObject({ code: 'ENOTDIR' });
});

it.runIf(existsSync('/proc/self'))('ends where a folder takes no other', async () => {
  await expect(makeFolder('/proc/x/y')).rejects.toMatchObject({
    code: 'ERR_SINK',
    subject: '/proc/x',
    received: '/proc, which takes no new folders',
  });
});
