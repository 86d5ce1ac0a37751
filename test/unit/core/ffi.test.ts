import { describe, expect, it } from 'vitest';
import { haveLargeStacks, koffiVersion, loadFfi } from '../../../src/core/ffi.node.js';

/** A stand-in that keeps settings as koffi does: until its first library is loaded. */
function standIn(inUse: boolean) {
  let settings: Record<string, number> = { sync_stack_size: 2 ** 21, async_stack_size: 2 ** 17, max_async_calls: 256 };
  return {
    config(given?: Record<string, number>) {
      if (given && inUse) throw new Error('Cannot change Koffi configuration once a library has been loaded');
      settings = given ?? settings;
      return settings;
    },
  };
}

describe('koffi', () => {
  it('is given stacks that libraries of vendors have room in, and keeps its other settings', async () => {
    const koffi = standIn(false);
    const ffi = await loadFfi('test', async () => ({ default: koffi }));
    expect(koffi.config()).toEqual({ sync_stack_size: 2 ** 23, async_stack_size: 2 ** 23, max_async_calls: 256 });
    expect(haveLargeStacks(ffi)).toBe(true);
  });

  it('that somebody else uses already is taken as it is, and that can be asked', async () => {
    const ffi = await loadFfi('test', async () => ({ default: standIn(true) }));
    expect(haveLargeStacks(ffi)).toBe(false);
  });

  it('that is not installed is one error with what to do', async () => {
    await expect(loadFfi('onnx-native', () => Promise.reject(new Error('Cannot find package')))).rejects.toMatchObject({
      code: 'ERR_UNSUPPORTED',
      subject: 'onnx-native',
      remedy: expect.stringContaining(`koffi@${koffiVersion}`),
    });
  });
});
