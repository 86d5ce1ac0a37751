import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const folder = new URL('../../../simd/kernels/', import.meta.url);
const most = 60;

it(`no kernel is longer than a screen of ${most} lines`, () => {
  const files = readdirSync(folder);
  expect(files.length).toBeGreaterThan(40);
  const lines = (file: string) => readFileSync(new URL(file, folder), 'utf8').trimEnd().split('\n').length;
  expect(files.filter((file) => lines(file) > most)).toEqual([]);
});
