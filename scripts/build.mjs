// Compiles src/ into dist/. The kernels' wasm is not built here: it is in the repository, see wasm/build.mjs.
// The result takes dist/'s place only when the compiler is content.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const fresh = join(root, 'build', 'dist');
const compiler = ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json', '--outDir', fresh];
rmSync(fresh, { recursive: true, force: true });
const { status } = spawnSync(process.execPath, compiler, { cwd: root, stdio: ['ignore', 2, 2] });
if (status !== 0) process.exit(status ?? 1);
chmodSync(join(fresh, 'cli', 'main.node.js'), 0o755);
const dist = join(root, 'dist');
rmSync(dist, { recursive: true, force: true });
if (existsSync(dist)) throw new Error(`${dist} cannot be replaced`);
renameSync(fresh, dist);
