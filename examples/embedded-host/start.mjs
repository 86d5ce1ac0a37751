// Builds the page of this folder and starts a host that serves it, with a camera of its own. What is said after the command
// is said to the host, e.g. `-- --camera line=/dev/video0 --open chromium`.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const app = join(repository, 'build', 'embedded-host');
await build({
  configFile: fileURLToPath(new URL('vite.config.ts', import.meta.url)),
  logLevel: 'error',
  build: { outDir: app },
});

const args = process.argv.slice(2);
const camera = args.some((arg) => arg.startsWith('--camera'))
  ? []
  : ['--camera', 'belt=synthetic,seed=7,width=960,height=540,frameRate=15'];
// The tests' own Python has OpenVINO; on a device it lies in an environment of yours.
const python = join(repository, '.cache', 'python');
const environment = process.env.VIRTUAL_ENV ?? (existsSync(python) ? python : undefined);
const host = spawn(
  process.execPath,
  [join(repository, 'dist/cli/main.node.js'), 'host', '--app', app, ...camera, ...args],
  {
    stdio: 'inherit',
    env: environment === undefined ? process.env : { ...process.env, VIRTUAL_ENV: environment },
  },
);
// A terminal tells the host itself of Ctrl-C and of its own end: this program only waits. SIGTERM comes to this one alone.
for (const signal of ['SIGINT', 'SIGHUP']) process.on(signal, () => {});
process.on('SIGTERM', () => host.kill('SIGTERM'));
host.once('exit', (code) => {
  process.exitCode = code ?? 1;
});
