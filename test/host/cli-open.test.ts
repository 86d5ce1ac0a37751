import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { describeWith } from '../assets.js';
import { failureOf, root, runCli, temporaryFolder } from './cli-process.js';
import { connectTo, openOn } from './host-client.js';
import { processesThatShow } from './process-list.js';
import { startHost as begin, type TestHost } from './test-host.js';

/** A program that writes down how it is called. @param body shell lines, with `$n`, how often it was called. */
function programOf(body: string) {
  const folder = temporaryFolder();
  const path = join(folder, 'kiosk.sh');
  const list = join(folder, 'calls');
  writeFileSync(path, `#!/bin/sh\necho "$*" >> ${list}\nn=$(wc -l < ${list})\n${body}\n`);
  chmodSync(path, 0o755);
  return {
    path,
    folder,
    calls: () => (existsSync(list) ? readFileSync(list, 'utf8').trim().split('\n') : []),
  };
}

let hosts: TestHost[] = [];

async function startHost(...args: Parameters<typeof begin>): Promise<TestHost> {
  const host = await begin(...args);
  hosts.push(host);
  return host;
}

afterEach(async () => {
  // startCli fails where a process is left behind.
  for (const host of hosts) await host.close();
  hosts = [];
});

const soon = { timeout: 20_000 };

describe('reflexarc host --open', () => {
  it('starts a program with a file for its owner alone, again when it ends, and ends it with itself', async () => {
    const { path, calls } = programOf('[ $n -ge 2 ] && exec sleep 1000\nexit 3');
    const host = await startHost(['--open', `${path} --kiosk`, '--page', '?a=1&b=%27%3C/script%3E']);
    await expect.poll(() => calls().length, soon).toBe(2);
    const page = `${host.tokenFile}.html`;
    expect(new Set(calls())).toEqual(new Set([`--kiosk ${pathToFileURL(page)}`]));
    expect(statSync(page).mode & 0o777).toBe(0o600);
    const html = readFileSync(page, 'utf8');
    expect(html).toContain(`location.replace("${host.url}?a=1&b=%27%3C/script%3E#token=${host.token}")`);
    expect(html.match(/<\/script>/g)).toHaveLength(1);
    expect((await host.close()).code).toBe(0);
    expect(existsSync(page)).toBe(false);
  });

  it('finds a folder with signs in its name that mean something in addresses and shells', async () => {
    const { path, calls, folder } = programOf('exec sleep 1000');
    const tokenFile = join(folder, 'a b', '#1 $HOME "ü"', 'token.json');
    const host = await startHost(['--open', path, '--token-file', tokenFile]);
    await expect.poll(() => calls().length, soon).toBe(1);
    expect(readFileSync(fileURLToPath(calls()[0]), 'utf8')).toContain(host.token);
  });

  it('gives a program that must have the address the token file to read', async () => {
    const { path, calls } = programOf('exec sleep 1000');
    const host = await startHost(['--open', `sh -c 'exec ${path} "\${0%.html}"'`]);
    await expect.poll(() => calls().length, soon).toBe(1);
    const found = JSON.parse(readFileSync(fileURLToPath(calls()[0]), 'utf8'));
    expect(found).toMatchObject({ url: host.url, token: host.token });
  });

  it('leaves no page of a host that was killed to the next, which opens none', async () => {
    const { path, calls } = programOf('exec sleep 1000');
    const first = await startHost(['--open', path]);
    await expect.poll(() => calls().length, soon).toBe(1);
    first.child.kill('SIGKILL');
    await first.ended;
    expect(existsSync(`${first.tokenFile}.html`)).toBe(true);
    await startHost([], { folder: first.folder });
    await expect.poll(() => existsSync(`${first.tokenFile}.html`), soon).toBe(false);
  });

  it('overwrites and removes no file of somebody in the place of its page', async () => {
    const { path, folder } = programOf('exec sleep 1000');
    const index = join(folder, 'index.html');
    writeFileSync(index, '<title>Our site</title>');
    const own = ['--token-file', join(folder, 'index')];
    await startHost(own).then((host) => host.close());
    const args = ['host', '--port', '0', '--store', join(folder, 'store'), ...own, '--open', path, '--json'];
    expect(failureOf(await runCli(args), 1, 'ERR_ARGUMENT').error.message).toContain(index);
    expect(readFileSync(index, 'utf8')).toBe('<title>Our site</title>');
    expect(existsSync(join(folder, 'index'))).toBe(false);
  });

  it('takes its secrets away also where it is ended at once', async () => {
    const { path, calls } = programOf('trap "" TERM; sleep 1000 & while :; do sleep 1; done');
    const host = await startHost(['--open', path]);
    await expect.poll(() => calls().length, soon).toBe(1);
    expect(existsSync(`${host.tokenFile}.html`)).toBe(true);
    host.child.kill('SIGINT');
    // Its program does not end for three seconds; two signals in half of one are one.
    await new Promise((done) => setTimeout(done, 1000));
    host.child.kill('SIGINT');
    expect((await host.ended).code).toBe(130);
    expect([host.tokenFile, `${host.tokenFile}.html`].filter((file) => existsSync(file))).toEqual([]);
  });

  it.each([
    ['Ctrl-C, which a terminal tells the whole group', (pid: number) => process.kill(-pid, 'SIGINT')],
    ['SIGTERM, which one process gets', (pid: number) => process.kill(pid, 'SIGTERM')],
  ])('ends well with the command of examples/embedded-host on %s', async (_, tell) => {
    const { path, calls, folder } = programOf('exec sleep 1000');
    const tokenFile = join(folder, 'token.json');
    const host = ['--port', '0', '--store', join(folder, 'store'), '--token-file', tokenFile, '--open', path, '--json'];
    const command = spawn(process.execPath, [join(root, 'examples/embedded-host/start.mjs'), ...host], {
      stdio: ['ignore', 'ignore', 'inherit'],
      detached: true,
    });
    const ended = once(command, 'exit');
    await expect.poll(() => calls().length, { timeout: 60_000 }).toBe(1);
    tell(command.pid as number);
    expect(await ended).toEqual([0, null]);
    expect([tokenFile, `${tokenFile}.html`].filter((file) => existsSync(file))).toEqual([]);
  });

  it.each([
    ['an assignment', 'KIOSK="of $n" PATH_OF'],
    ['commands before it', 'cd / && true; PATH_OF'],
  ])('takes a line for the shell, with %s', async (_, line) => {
    const { path, calls } = programOf('exec sleep 1000');
    const host = await startHost(['--open', line.replace('PATH_OF', `${path} "a b"`)]);
    await expect.poll(() => calls().length, soon).toBe(1);
    expect(calls()).toEqual([`a b ${pathToFileURL(`${host.tokenFile}.html`)}`]);
    // Ended at once, not killed after three seconds, and nothing after it is begun.
    expect((await host.close()).stderr).not.toContain('ended');
    expect(calls()).toHaveLength(1);
  });

  it.each([
    ['', 'empty'],
    ['  ', 'empty'],
    ['sleep 1 &', 'new command'],
    ['chromium "--kiosk', 'quote'],
  ])('refuses "%s"', async (line, word) => {
    const folder = temporaryFolder();
    const own = ['--store', join(folder, 'store'), '--token-file', join(folder, 'token.json'), '--port', '0'];
    const outcome = await runCli(['host', ...own, '--open', line, '--json']);
    expect(failureOf(outcome, 1, 'ERR_ARGUMENT').error.received).toContain(word);
  });

  it('says what to do where there is no such command, and where it is no program', async () => {
    const { folder } = programOf('');
    const host = await startHost(['--open', 'reflexarc-no-such-browser --kiosk']);
    await host.said('there is no such command. Install it');
    const plain = join(folder, 'plain');
    writeFileSync(plain, '');
    const other = await startHost(['--open', plain]);
    await other.said('Make the file executable');
  });

  it('starts no second one while a page is shown by a program that took the address over, and one when it goes', async () => {
    const { path, calls } = programOf('[ $n -ge 2 ] && exec sleep 1000\nexit 0');
    const host = await startHost(['--open', path]);
    await expect.poll(() => calls().length, soon).toBe(1);
    const { connection } = await connectTo(() => host);
    // Long enough for every wait that does not look.
    await new Promise((done) => setTimeout(done, 8000));
    expect(calls()).toHaveLength(1);
    await connection.close();
    await expect.poll(() => calls().length, soon).toBe(2);
  });
});

// Where the program ends, and its browser is of the same group.
describeWith('reflexarc host --open: launchers', process.platform === 'linux', 'Linux', () => {
  const launcher = (code: number) => programOf(`sh -c 'sleep 1000; :' "kiosk of $0" &\nexit ${code}`);

  it('leaves the browser of a launcher alone, and ends it with the host, however that ends', async () => {
    const { path, calls } = launcher(0);
    const host = await startHost(['--open', path]);
    await expect.poll(() => calls().length, soon).toBe(1);
    const kiosks = () => processesThatShow(`kiosk of ${path}`, ['cmdline']);
    const [first] = kiosks();
    const { connection } = await connectTo(() => host);
    await new Promise((done) => setTimeout(done, 8000));
    expect([calls().length, kiosks()]).toEqual([1, [first]]);
    // Another is started where its page is gone, and nothing is taken from the one that may show it.
    await connection.close();
    await expect.poll(() => calls().length, soon).toBe(2);
    await expect.poll(() => kiosks().length, soon).toBe(2);
    expect(kiosks()).toContain(first);
    expect((await host.close()).code).toBe(0);
    expect(kiosks()).toEqual([]);
    const again = await startHost(['--open', path]);
    await expect.poll(() => kiosks().length, soon).toBe(1);
    again.child.kill('SIGKILL');
    await again.ended;
    expect(kiosks()).toEqual([]);
  });

  it('ends what a crash has left before it starts the next', async () => {
    const { path, calls } = launcher(3);
    await startHost(['--open', path]);
    await expect.poll(() => calls().length, soon).toBe(3);
    await expect.poll(() => processesThatShow(`kiosk of ${path}`, ['cmdline']).length, soon).toBeLessThanOrEqual(1);
  });
});

describeWith('reflexarc host --open: processes', process.platform === 'linux', 'Linux', () => {
  it('shows the token in the arguments and the environment of no process', async () => {
    const { path, calls } = programOf(`exec sh -c 'sleep 1000; :' sh "$@"`);
    const host = await startHost(['--camera', 'belt=synthetic,seed=7', '--open', path]);
    await expect.poll(() => calls().length, soon).toBe(1);
    const { connection } = await connectTo(() => host);
    const pipeline = await openOn(connection, { runtime: ['onnx-web'] });
    // What is looked for is found where it is: the child of a runtime, the program with its file.
    const results = pipeline.run();
    while (pipeline.children.length === 0) await results.next();
    const [{ pid }] = pipeline.children;
    expect(readFileSync(`/proc/${pid}/cmdline`, 'latin1')).toContain('node');
    expect(processesThatShow(`${host.tokenFile}.html`, ['cmdline']).length).toBeGreaterThanOrEqual(2);
    expect(processesThatShow(host.token)).toEqual([]);
    await pipeline.close();
    await connection.close();
  });

  it.each([
    ['', 'exec sleep 1000'],
    ['and has processes of its own', '(sleep 1000 & sleep 1000) &\nsleep 1000'],
    ['and takes no notice of SIGTERM', 'trap "" TERM HUP INT\nsleep 1000 & while :; do sleep 1; done'],
  ])('ends its program when it is killed itself %s', async (_, body) => {
    const { path, calls } = programOf(body);
    const host = await startHost(['--open', path]);
    await expect.poll(() => calls().length, soon).toBe(1);
    expect(processesThatShow(path, ['cmdline'])).not.toEqual([]);
    host.child.kill('SIGKILL');
    // Fails where a process is left behind; until then they hold its stderr.
    expect((await host.ended).signal).toBe('SIGKILL');
    expect(processesThatShow(path, ['cmdline'])).toEqual([]);
  });
});
