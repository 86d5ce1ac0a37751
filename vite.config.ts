import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Two workers at most: the suites start processes and threads of their own.
    maxWorkers: 2,
    pool: 'forks',
    projects: [
      {
        extends: true,
        test: {
          name: 'node',
          include: [
            'test/unit/**/*.test.ts',
            'test/conformance/**/*.test.ts',
            'test/types/**/*.test.ts',
            'test/host/**/*.test.ts',
          ],
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          // Real browsers, a fake camera and a GPU in software want the machine for themselves: one file at a time. A test
          // has one more try, because a browser that is started hundreds of times fails once; Vitest names each that needed it.
          fileParallelism: false,
          retry: 1,
          testTimeout: 120_000,
          include: ['test/browser/**/*.test.ts'],
          globalSetup: ['test/browser/build-site.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'package',
          // What users install: the tarball, in projects of their own, with bundlers and browsers of theirs.
          fileParallelism: false,
          retry: 1,
          testTimeout: 180_000,
          include: ['test/package/**/*.test.ts'],
          globalSetup: ['test/package/install.ts'],
        },
      },
    ],
  },
});
