import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { expect, it } from 'vitest';

// Frames are made in a function that has ended, so that nothing holds them; then the collector runs until it has told.
const program = `
import { Frame } from './frame.js';
const make = (id, release) =>
  new Frame({ id, format: 'GRAY8', codedWidth: 4, codedHeight: 4, timestamp: 0, data: new Uint8Array(16), release });
(function forget() {
  make(1, () => {}).close();
  make(2, () => {});
  make(3);
})();
const held = make(4, () => {});
for (let turn = 0; turn < 20; turn++) {
  gc();
  await new Promise((resolve) => setTimeout(resolve, 5));
}
held.close();
console.log('collected');
`;

it('a frame that nobody closed is told of once; one that was closed, is held, or has no owner to miss it is not', () => {
  const resolveDir = fileURLToPath(new URL('../../../src/core', import.meta.url));
  const { outputFiles } = buildSync({
    stdin: { contents: program, resolveDir },
    bundle: true,
    format: 'esm',
    platform: 'node',
    write: false,
  });
  const { stdout, stderr } = spawnSync(process.execPath, ['--expose-gc', '--input-type=module'], {
    input: outputFiles[0].text,
    encoding: 'utf8',
  });
  expect(stdout).toBe('collected\n');
  expect(stderr.trim().split('\n')).toEqual([
    'reflexarc: frame 2 was garbage-collected without close(); its buffer is lost to the pool.',
  ]);
});
