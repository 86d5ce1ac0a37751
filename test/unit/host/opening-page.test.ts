import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { OpeningPage } from '../../../src/host/opening-page.node.js';

let folder: string;
let tokenFile: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reflexarc-opening-'));
  tokenFile = join(folder, 'host.json');
});

afterEach(() => rmSync(folder, { recursive: true }));

// What the one script of a page does, run as a browser cuts it out.
function whereTo(page: OpeningPage): string {
  const html = readFileSync(fileURLToPath(page.url), 'utf8');
  const [, script] = /<script>(.*?)<\/script>/is.exec(html) ?? [];
  let address = '';
  const location = {
    replace: (to: string) => {
      address = to;
    },
  };
  runInNewContext(script, { location });
  return address;
}

it.each([
  'http://127.0.0.1:7381/?a=1&b=%27#token=abc',
  'http://127.0.0.1:7381/"</script><script>alert(1)</script>\\#token=abc',
  "http://127.0.0.1:7381/it's\u2028here#token=abc",
])('leads to %s and runs nothing else', async (address) => {
  const page = await OpeningPage.write(tokenFile, address);
  expect(page.url).not.toContain('abc');
  expect(whereTo(page)).toBe(address);
});

it('is for its owner alone, also after hosts that were killed', async () => {
  const path = `${tokenFile}.html`;
  await OpeningPage.write(tokenFile, 'http://127.0.0.1:1/#token=a');
  chmodSync(path, 0o644);
  writeFileSync(`${path}.${process.pid}.part`, 'of one that was killed', { mode: 0o644 });
  await OpeningPage.write(tokenFile, 'http://127.0.0.1:1/#token=b');
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readFileSync(path, 'utf8')).toContain('token=b');
  expect(readdirSync(folder)).toEqual(['host.json.html']);
});

it.each<[string, (path: string) => void]>([
  ['a page of somebody', (path) => writeFileSync(path, '<!doctype html><title>Our site</title>')],
  ['an empty file', (path) => writeFileSync(path, '')],
  ['a folder', (path) => mkdirSync(path)],
  ['a link', (path) => symlinkSync('/etc/hostname', path)],
  ['what never ends', (path) => execFileSync('mkfifo', [path])],
])('leaves %s alone, and takes no place of it', async (_, lay) => {
  const path = `${tokenFile}.html`;
  lay(path);
  const before = lstatSync(path);
  const failure = await OpeningPage.write(tokenFile, 'http://127.0.0.1:1/#token=a').catch((error) => error);
  expect(failure).toMatchObject({ code: 'ERR_ARGUMENT', subject: `opening page ${path}` });
  await OpeningPage.clear(tokenFile);
  expect(lstatSync(path)).toMatchObject({ ino: before.ino, size: before.size, mode: before.mode });
  expect(readdirSync(folder)).toEqual(['host.json.html']);
});

it('is removed by its host and by none before', async () => {
  const first = await OpeningPage.write(tokenFile, 'http://127.0.0.1:1/#token=a');
  const second = await OpeningPage.write(tokenFile, 'http://127.0.0.1:1/#token=b');
  await first.remove();
  expect(existsSync(fileURLToPath(second.url))).toBe(true);
  await second.remove();
  await second.remove();
  expect(readdirSync(folder)).toEqual([]);
  await OpeningPage.write(tokenFile, 'http://127.0.0.1:1/#token=c');
  await OpeningPage.clear(tokenFile);
  await OpeningPage.clear(tokenFile);
  expect(readdirSync(folder)).toEqual([]);
});
