import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failureOf, onlyJson, root, runCli, startCli, temporaryFolder } from './cli-process.js';
import { storedConveyor } from './host-client.js';
import { startHost, type TestHost } from './test-host.js';

const bundle = join(root, 'models', 'conveyor');
const sha256 = storedConveyor.slice('store:'.length);

describe('reflexarc store', () => {
  it('adds, lists, verifies and removes', async () => {
    const store = join(temporaryFolder(), 'store');
    const run = async (...args: string[]) => onlyJson(await runCli(['store', ...args, '--store', store, '--json']));
    expect(await run('add', bundle)).toMatchObject({ sha256, id: 'conveyor' });
    expect(await run('list')).toMatchObject([{ sha256, id: 'conveyor', variants: ['standard', 'small'] }]);
    expect(await run('verify')).toEqual({ problems: [] });
    expect((await runCli(['store', 'list', '--store', store])).stdout).toContain(sha256.slice(0, 16));
    expect(await run('remove', sha256.slice(0, 8))).toEqual({ removed: sha256 });
    expect(await run('list')).toEqual([]);
    failureOf(await runCli(['store', 'remove', sha256, '--store', store, '--json']), 1, 'ERR_MODEL_LOAD');
    failureOf(await runCli(['store', 'add', temporaryFolder(), '--store', store, '--json']), 1, 'ERR_MODEL_LOAD');
  });

  it('fails where something is damaged', async () => {
    const store = join(temporaryFolder(), 'store');
    await runCli(['store', 'add', bundle, '--store', store]);
    writeFileSync(join(store, 'bundles', `${sha256}.json`), '{}');
    const outcome = await runCli(['store', 'verify', '--store', store, '--json']);
    expect(outcome.code).toBe(1);
    expect(JSON.parse(outcome.stdout).problems).toMatchObject([{ bundle: sha256, path: 'model.json' }]);
  });

  // A file system of its own size, where this user may mount one: nothing half-written, and one error that says why.
  it('on a full disk says so once, and leaves nothing half-written', async () => {
    const folder = temporaryFolder();
    const place = join(folder, 'small');
    mkdirSync(place);
    const script = `mount -t tmpfs -o size=300k none "$1" 2>/dev/null || exit 77; shift; "$@"; code=$?; ls -R "${place}" > "${folder}/left"; exit $code`;
    const wrapper = ['unshare', '--user', '--map-root-user', '--mount', 'bash', '-c', script, 'bash', place];
    const outcome = await runCli(['store', 'add', bundle, '--store', join(place, 'store'), '--json'], { wrapper });
    // Without the right to make a mount of its own there is no small disk to fill.
    if (outcome.code === 77 || /unshare/.test(outcome.stderr)) return;
    const { error } = failureOf(outcome, 1, 'ERR_SINK');
    expect(error.received).toBe('a full disk');
    const left = readFileSync(join(folder, 'left'), 'utf8');
    expect(left).not.toContain('.part');
    expect(left).not.toContain(`${sha256}.json`);
  });
});

describe('reflexarc host', () => {
  let host: TestHost;

  beforeAll(async () => {
    host = await startHost(['--camera', 'belt=synthetic,seed=7']);
  });

  afterAll(async () => {
    await host?.close();
  });

  const refused = async (args: string[], code = 'ERR_ARGUMENT', exit = 1) => {
    const folder = temporaryFolder();
    const own = ['--store', join(folder, 'store'), '--token-file', join(folder, 'token.json'), '--port', '0'];
    return failureOf(await runCli(['host', ...own, ...args, '--json']), exit, code).error;
  };

  it('prints one line when it is ready, and puts the built-in model into its store', async () => {
    expect(host.url).toBe(`http://127.0.0.1:${host.port}/`);
    expect(host.pid).toBe(host.child.pid);
    const listed = onlyJson(await runCli(['store', 'list', '--store', join(host.folder, 'store'), '--json']));
    expect(listed).toMatchObject([{ sha256, id: 'conveyor' }]);
  });

  it('knows the runtimes of the machine', async () => {
    const report = onlyJson(await runCli(['host', 'status', '--token-file', host.tokenFile, '--json']));
    expect(report.runtimes.map(({ id }: { id: string }) => id)).toContain('onnx-web');
  });

  it('says how it is', async () => {
    const report = onlyJson(await runCli(['host', 'status', '--token-file', host.tokenFile, '--json']));
    expect(report).toMatchObject({ pid: host.pid, connections: 0, waiting: 0, cameras: [{ name: 'belt' }] });
    const { stdout } = await runCli(['host', 'status', '--token-file', host.tokenFile]);
    expect(stdout).toContain(`pid ${host.pid}`);
  });

  it('refuses a port that is taken, on either address', async () => {
    expect(await refused(['--port', String(host.port)])).toMatchObject({
      received: 'one in use',
      remedy: 'Choose another port; --port 0 takes a free one.',
    });
    const other = createServer();
    const listening = await new Promise<boolean>((done) => {
      other.once('error', () => done(false));
      other.listen(0, '::1', () => done(true));
    });
    if (!listening) return;
    const { port } = other.address() as { port: number };
    expect(await refused(['--port', String(port)])).toMatchObject({ received: 'one in use' });
    other.close();
  });

  it('refuses the place of another host: its token file, its store', async () => {
    expect(await refused(['--token-file', host.tokenFile])).toMatchObject({
      received: expect.stringContaining(`pid ${host.pid}`),
      remedy: expect.stringContaining('host stop'),
    });
    expect(await refused(['--store', join(host.folder, 'store')])).toMatchObject({
      expected: 'no other host that uses it',
    });
  });

  it('takes the place of a host that is dead, also where its process number runs again', async () => {
    const folder = temporaryFolder();
    const tokenFile = join(folder, 'token.json');
    const left = { url: 'http://127.0.0.1:9/', port: 9, pid: process.pid, token: 'x'.repeat(43), store: folder };
    writeFileSync(tokenFile, JSON.stringify(left));
    const second = await startHost(['--token-file', tokenFile]);
    expect(JSON.parse(readFileSync(tokenFile, 'utf8')).pid).toBe(second.pid);
    await second.close();
    expect(existsSync(tokenFile)).toBe(false);
  });

  it('refuses a token file without a name', async () => {
    for (const args of [['host'], ['host', 'status'], ['doctor']]) {
      const { error } = failureOf(await runCli([...args, '--token-file', '', '--json']), 2, 'ERR_ARGUMENT');
      expect(error.message).toContain('Expected a file for --token-file');
    }
  });

  it('says what is wrong with a token file', async () => {
    const tokenFile = join(temporaryFolder(), 'token.json');
    const status = () => runCli(['host', 'status', '--token-file', tokenFile, '--json']);
    expect(failureOf(await status(), 1, 'ERR_SOURCE').error.received).toBe('no such file');
    writeFileSync(
      tokenFile,
      JSON.stringify({ url: 'http://127.0.0.1:9/', port: 9, pid: 4_194_000, token: 'x'.repeat(43), store: '/' }),
    );
    expect(failureOf(await status(), 1, 'ERR_SOURCE').error.received).toContain('has ended');
    // A token of an earlier start, and the number of a host of now.
    const { token: _, ...now } = JSON.parse(readFileSync(host.tokenFile, 'utf8'));
    writeFileSync(tokenFile, JSON.stringify({ ...now, token: 'x'.repeat(43) }));
    expect(failureOf(await status(), 1, 'ERR_SOURCE').error.received).toContain('401');
    writeFileSync(tokenFile, 'something');
    failureOf(await status(), 1, 'ERR_SOURCE');
    expect(await refused(['--token-file', tokenFile], 'ERR_SOURCE')).toMatchObject({
      remedy: expect.stringContaining('Remove the file'),
    });
  });

  it.each([
    ['no name', ['--camera', '/dev/video0'], 'ERR_ARGUMENT'],
    ['an unknown setting', ['--camera', 'a=/dev/video0,hue=3'], 'ERR_ARGUMENT'],
    ['a wrong size', ['--camera', 'a=/dev/video0,size=big'], 'ERR_ARGUMENT'],
    ['a synthetic camera with a wrong setting', ['--camera', 'a=synthetic,seed=x'], 'ERR_ARGUMENT'],
    ['a file that is not there', ['--camera', 'a=no-such.mp4'], 'ERR_SOURCE'],
    ['two of a name', ['--camera', 'a=synthetic', '--camera', 'a=synthetic'], 'ERR_ARGUMENT'],
    ['a folder that is not there', ['--app', '/no/such/folder'], 'ERR_ARGUMENT'],
    ['an origin with a path', ['--allow-origin', 'https://a.example/x'], 'ERR_ARGUMENT'],
    ['a page of somebody else', ['--page', 'http://a.example/x'], 'ERR_ARGUMENT'],
    ['a page of somebody else, without its scheme', ['--page', '//a.example/x'], 'ERR_ARGUMENT'],
    ['a page with a fragment, which the token needs', ['--page', '?source=host#picture'], 'ERR_ARGUMENT'],
    ['a store where no folder can be', ['--store', '/proc/reflexarc'], 'ERR_SINK'],
    ['a token file where no folder can be', ['--token-file', '/proc/reflexarc/token.json'], 'ERR_SINK'],
  ])('refuses %s', async (_, args, code) => {
    await refused(args, code);
  });

  it.skipIf(process.getuid?.() !== 0)(
    'writes its token into no folder that another user can change or replace',
    async () => {
      const folder = temporaryFolder();
      chmodSync(folder, 0o777);
      expect(await refused(['--token-file', join(folder, 'own', 'token.json')])).toMatchObject({
        received: 'one that everybody may write to',
        remedy: expect.stringContaining('--token-file'),
      });
      chmodSync(folder, 0o755);
      chownSync(folder, 65534, 65534);
      expect(await refused(['--token-file', join(folder, 'token.json')])).toMatchObject({
        received: 'one of user 65534',
      });
      expect(existsSync(join(folder, 'token.json'))).toBe(false);
    },
  );

  it('is ready only when its browser has a page to open', async () => {
    const tokenFile = join(temporaryFolder(), 'token.json');
    // A folder where the page would be.
    mkdirSync(`${tokenFile}.html`);
    // The error is all that it has said.
    const error = await refused(['--token-file', tokenFile, '--open', 'true'], 'ERR_ARGUMENT');
    expect(error.message).toContain(`${tokenFile}.html`);
    expect(existsSync(tokenFile)).toBe(false);
  });

  it('stops when it is told to, and takes its token file away', async () => {
    const second = await startHost();
    const stopped = onlyJson(await runCli(['host', 'stop', '--token-file', second.tokenFile, '--json']));
    expect(stopped).toEqual({ stopped: second.pid });
    expect((await second.ended).code).toBe(0);
    expect(existsSync(second.tokenFile)).toBe(false);
  });

  // Only root may become another user.
  it.skipIf(process.getuid?.() !== 0)('serves a user who has a number and no name, as containers have', async () => {
    const folder = temporaryFolder();
    chownSync(folder, 54321, 54321);
    const wrapper = ['setpriv', '--reuid', '54321', '--clear-groups', 'env', '-u', 'HOME', `XDG_RUNTIME_DIR=${folder}`];
    const told = await runCli(['--version'], { wrapper, cwd: '/' });
    expect(told).toMatchObject({ code: 0, stderr: '' });
    const { error } = failureOf(await runCli(['store', 'list', '--json'], { wrapper, cwd: '/' }), 2, 'ERR_ARGUMENT');
    expect(error.message).toContain('no home folder');
    const nameless = startCli(['host', '--port', '0', '--store', join(folder, 'store'), '--json'], {
      wrapper,
      cwd: '/',
    });
    await nameless.said('"tokenFile"');
    expect(existsSync(join(folder, 'reflexarc', 'host.json'))).toBe(true);
    nameless.child.kill('SIGTERM');
    expect((await nameless.ended).code).toBe(0);
  });

  it('ends well on a signal while it starts', async () => {
    const folder = temporaryFolder();
    const { child, ended } = startCli([
      'host',
      '--port',
      '0',
      '--store',
      join(folder, 'store'),
      '--token-file',
      join(folder, 't'),
    ]);
    await expect.poll(() => existsSync(join(folder, 'store')), { interval: 5, timeout: 20_000 }).toBe(true);
    child.kill('SIGTERM');
    const { code } = await ended;
    expect([0, 143]).toContain(code);
    expect(existsSync(join(folder, 't'))).toBe(false);
  });
});
