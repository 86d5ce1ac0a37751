// Installs and builds what a fresh clone lacks, before `npm start` and `npm test`. Everything it says goes to stderr,
// so that the output of `npm start -s -- --json` stays one object. With --test it also looks for the tools that the
// tests need: as root on Debian it installs them, elsewhere it names what to install and what will be skipped.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const forTests = process.argv.includes('--test');
const say = (text) => process.stderr.write(`${text}\n`);

if (Number(process.versions.node.split('.')[0]) < 20) {
  say(`reflexarc needs Node 20 or newer, this is ${process.versions.node}.`);
  process.exit(1);
}

installPackages();
build();
if (forTests) {
  installTools();
  installPython();
}

function installPackages() {
  const lock = join(root, 'package-lock.json');
  const marker = join(root, 'node_modules', '.package-lock.json');
  if (existsSync(marker) && statSync(marker).mtimeMs >= statSync(lock).mtimeMs) return;
  if (existsSync(marker) && complete()) return;
  say('Installing packages …');
  // No package here needs its install script.
  run(process.platform === 'win32' ? 'npm.cmd' : 'npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund']);
}

// A checkout may touch the lock file without changing it.
function complete() {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  return Object.entries(packages).every(([path, { version, optional, peer }]) => {
    if (path === '' || optional || peer) return true;
    const manifest = join(root, path, 'package.json');
    return existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).version === version;
  });
}

function build() {
  const sources = Math.max(...['src', 'examples', 'models'].map((folder) => newest(join(root, folder))));
  const built = [join('dist', 'cli', 'main.node.js'), join('dist-kiosk', 'index.html')].map((file) => join(root, file));
  if (built.every((file) => existsSync(file) && sources < statSync(file).mtimeMs)) return;
  say('Building …');
  run(process.execPath, ['scripts/build.mjs']);
}

function newest(folder) {
  return Math.max(
    statSync(folder).mtimeMs,
    ...readdirSync(folder, { withFileTypes: true }).map((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? newest(path) : statSync(path).mtimeMs;
    }),
  );
}

// Debian package by the command that shows it is there.
function installTools() {
  const tools = {
    emcc: 'emscripten',
    gcc: 'gcc libc6-dev',
    'aarch64-linux-gnu-gcc': 'gcc-aarch64-linux-gnu libc6-dev-arm64-cross',
    'qemu-aarch64': 'qemu-user',
    ffmpeg: 'ffmpeg',
    chromium: 'chromium',
    'firefox-esr': 'firefox-esr',
  };
  const missing = Object.entries(tools).filter(([command]) => !onPath(command));
  if (missing.length === 0) return;
  const packages = missing.flatMap(([, names]) => names.split(' '));
  if (process.getuid?.() === 0 && onPath('apt-get')) {
    say(`Installing ${packages.join(' ')} …`);
    run('apt-get', ['update', '-q']);
    run('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...packages]);
    return;
  }
  const commands = missing.map(([command]) => command).join(', ');
  say(
    `Not found: ${commands}. Tests that need them are skipped. On Debian: sudo apt-get install ${packages.join(' ')}`,
  );
}

// Runtimes and references that tests compare with, and the OpenVINO that they run, in a Python environment of their own.
function installPython() {
  const folder = join(root, '.cache', 'python');
  const python = join(folder, 'bin', 'python');
  const requirements = join(root, 'test', 'fixtures', 'python-requirements.txt');
  const marker = join(folder, 'installed.txt');
  const wanted = readFileSync(requirements, 'utf8');
  if (existsSync(marker) && readFileSync(marker, 'utf8') === wanted) return;
  const quiet = { stdio: ['ignore', 'ignore', 2] };
  say('Installing Python packages …');
  try {
    execFileSync('python3', ['-m', 'venv', folder], quiet);
    execFileSync(python, ['-m', 'pip', 'install', '-q', '--disable-pip-version-check', '-r', requirements], quiet);
    writeFileSync(marker, wanted);
  } catch {
    say(
      `${requirements} was not installed. Tests that need it are skipped. On Debian: sudo apt-get install python3-venv`,
    );
  }
}

function onPath(command) {
  return (process.env.PATH ?? '').split(':').some((folder) => existsSync(join(folder, command)));
}

function run(command, args) {
  try {
    execFileSync(command, args, {
      cwd: root,
      stdio: ['ignore', 2, 2],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
  } catch (error) {
    say(`${command} ${args.join(' ')} failed${error.status === null ? '' : ` with status ${error.status}`}.`);
    process.exit(1);
  }
}
