// Compiles src/ into dist/, and examples/kiosk with it into dist-kiosk/, a static site. The kernels' wasm is not built
// here: it is in the repository, see wasm/build.mjs. Each result takes its place only when its compiler is content.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { buildStandalone } from './build-standalone.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const fresh = join(root, 'build', 'dist');
const compiler = ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json', '--outDir', fresh];
rmSync(fresh, { recursive: true, force: true });
const { status } = spawnSync(process.execPath, compiler, { cwd: root, stdio: ['ignore', 2, 2] });
if (status !== 0) process.exit(status ?? 1);
chmodSync(join(fresh, 'cli', 'main.node.js'), 0o755);
await buildStandalone(root, fresh);
replace('dist', fresh);

const site = join(root, 'build', 'dist-kiosk');
await build({
  configFile: join(root, 'examples', 'kiosk', 'vite.config.ts'),
  logLevel: 'warn',
  build: { outDir: site },
});
replace('dist-kiosk', site);

function replace(name, made) {
  const place = join(root, name);
  rmSync(place, { recursive: true, force: true });
  if (existsSync(place)) throw new Error(`${place} cannot be replaced`);
  renameSync(made, place);
}
