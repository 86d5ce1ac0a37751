import { describe, expect, it } from 'vitest';
import { childEnvironment } from '../../../src/host/child/child-environment.node.js';

describe('the environment of a child', () => {
  it('holds where programs and libraries are, what was added, and nothing else', () => {
    const own = {
      PATH: '/bin',
      HOME: '/home/host',
      LD_LIBRARY_PATH: '/opt/vendor',
      VIRTUAL_ENV: '/opt/python',
      REFLEXARC_KERNEL_LIBRARY: '/opt/kernels.so',
      REFLEXARC_TOKEN: 'secret',
      REFLEXARC_TOKEN_LIBRARY_KEY: 'secret',
      NODE_OPTIONS: '--inspect',
      AWS_SECRET_ACCESS_KEY: 'secret',
      LANG: undefined,
    };
    expect(childEnvironment({ CUDA_VISIBLE_DEVICES: '0', PATH: '/usr/bin' }, own)).toEqual({
      PATH: '/usr/bin',
      HOME: '/home/host',
      LD_LIBRARY_PATH: '/opt/vendor',
      VIRTUAL_ENV: '/opt/python',
      REFLEXARC_KERNEL_LIBRARY: '/opt/kernels.so',
      CUDA_VISIBLE_DEVICES: '0',
    });
  });
});
