import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PrivateFile } from '../../../src/host/private-file.node.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reflexarc-private-'));
  mkdirSync(join(folder, 'own', 'deep'), { recursive: true });
});

afterEach(() => rmSync(folder, { recursive: true }));

const write = (...path: string[]) => PrivateFile.write(join(folder, ...path), 'secret', 'token file');

it('follows links whose folders are all of this user', async () => {
  symlinkSync('own/deep', join(folder, 'near'));
  symlinkSync(`${folder}/near/..`, join(folder, 'far'));
  const file = await write('far', 'token');
  expect(readFileSync(join(folder, 'own', 'token'), 'utf8')).toBe('secret');
  await file.remove();
  expect(existsSync(join(folder, 'own', 'token'))).toBe(false);
});

it.each([
  ['a folder that everybody may write to', 'open/deep', 'link', 'everybody'],
  ['such a folder by another link in it', 'open/again', 'link', 'everybody'],
])('refuses a link that leads through %s', async (_, target, link, word) => {
  mkdirSync(join(folder, 'open', 'deep'), { recursive: true });
  chmodSync(join(folder, 'open'), 0o777);
  symlinkSync('../own', join(folder, 'open', 'again'));
  symlinkSync(target, join(folder, link));
  await expect(write(link, 'token')).rejects.toMatchObject({
    code: 'ERR_ARGUMENT',
    subject: expect.stringContaining(join(folder, 'open')),
    received: expect.stringContaining(word),
  });
  expect(existsSync(join(folder, 'own', 'token'))).toBe(false);
});

describe.skipIf(process.getuid?.() !== 0)('as root', () => {
  it('refuses a folder that a group with other users may write to, unless its owners alone replace what is in it', async () => {
    const chgrp = (gid: number, mode: number) => {
      chownSync(join(folder, 'own'), 0, gid);
      chmodSync(join(folder, 'own'), mode);
    };
    // Of `daemon`, a user of every Debian.
    chgrp(1, 0o775);
    await expect(write('own', 'deep', 'token')).rejects.toMatchObject({
      received: expect.stringContaining('group 1 '),
    });
    chgrp(1, 0o1775);
    await (await write('own', 'deep', 'token')).remove();
    chgrp(0, 0o775);
    await (await write('own', 'deep', 'token')).remove();
  });

  it('refuses a link of another user, which he may change where it lies', async () => {
    symlinkSync('own', join(folder, 'link'));
    lchownSync(join(folder, 'link'), 65534, 65534);
    await expect(write('link', 'token')).rejects.toMatchObject({ received: 'one of user 65534' });
  });
});
