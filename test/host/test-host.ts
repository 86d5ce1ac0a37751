import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CliOutcome, type CliSettings, startCli } from './cli-process.js';

/** A host that runs as a process of its own, with a store and a token file of its own. */
export interface TestHost {
  url: string;
  port: number;
  pid: number;
  token: string;
  tokenFile: string;
  folder: string;
  child: ReturnType<typeof startCli>['child'];
  ended: Promise<CliOutcome>;
  said(text: string): Promise<void>;
  /** Ends it as a service manager does; fails where it leaves a process behind. */
  close(): Promise<CliOutcome>;
}

/** Starts `reflexarc host`, the built one, and waits for its ready line. @param folder of an earlier host, to start it again. */
export async function startHost(
  args: readonly string[] = [],
  { folder = mkdtempSync(join(tmpdir(), 'reflexarc-host-')), ...settings }: CliSettings & { folder?: string } = {},
): Promise<TestHost> {
  const tokenFile = join(folder, 'token.json');
  const port = args.includes('--port') ? [] : ['--port', '0'];
  const all = ['host', ...port, '--store', join(folder, 'store'), '--token-file', tokenFile, '--json', ...args];
  const { child, ended, said } = startCli(all, settings);
  let text = '';
  child.stdout?.on('data', (part: string) => {
    text += part;
  });
  await said('"tokenFile"');
  const read = () => {
    const ready = JSON.parse(text.split('\n')[0]);
    return { ...ready, token: JSON.parse(readFileSync(ready.tokenFile, 'utf8')).token };
  };
  let ready: Pick<TestHost, 'url' | 'port' | 'pid' | 'token'>;
  try {
    ready = read();
  } catch (error) {
    // A test that fails here leaves no host behind.
    child.kill('SIGKILL');
    throw error;
  }
  const close = async () => {
    child.kill('SIGTERM');
    const outcome = await ended;
    rmSync(folder, { recursive: true, force: true });
    return outcome;
  };
  return { tokenFile, ...ready, folder, child, ended, said, close };
}
