import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { findLibrary } from '../../../src/infer/libraries.node.js';

const variable = 'REFLEXARC_TEST_LIBRARY';

describe('findLibrary', () => {
  let folder: string;
  const put = (name: string) => {
    const path = join(folder, name);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, '');
    return path;
  };
  const search = (places: string[], named?: string) =>
    findLibrary({
      what: 'Vendor',
      variable,
      places: places.map((place) => join(folder, place)),
      named,
      remedy: 'Install it.',
    });

  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'reflexarc-')));
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });

  it('takes the first place that has one, and the newest there', () => {
    put('b/libvendor.so.2');
    const newest = put('a/1/libvendor.so.10');
    put('a/1/libvendor.so.9');
    expect(search(['none/libvendor.so', 'a/*/libvendor.so*', 'b/libvendor.so*'])).toBe(newest);
  });

  it('passes over folders and names that only look alike', () => {
    mkdirSync(join(folder, 'libvendor.so.1'));
    put('libvendorXso.2');
    expect(() => search(['libvendor.so.*'])).toThrow(expect.objectContaining({ code: 'ERR_UNSUPPORTED' }));
  });

  it('takes what is named, by argument before environment, and nothing else', () => {
    put('libvendor.so');
    const other = put('other.so');
    vi.stubEnv(variable, other);
    expect(search(['libvendor.so'])).toBe(other);
    expect(search(['libvendor.so'], join(folder, 'libvendor.so'))).toBe(join(folder, 'libvendor.so'));
    vi.stubEnv(variable, join(folder, 'missing.so'));
    expect(() => search(['libvendor.so'])).toThrow(/missing\.so/);
  });

  it('says where it looked and what to do', () => {
    expect(() => search(['x/*.so'])).toThrow(
      expect.objectContaining({
        remedy: `Install it. Or name it with ${variable}.`,
        details: { tried: [join(folder, 'x/*.so')] },
      }),
    );
  });
});
