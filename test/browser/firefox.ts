import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocketClient } from './web-socket.js';

/** Debian's Firefox, or the one that `REFLEXARC_FIREFOX` names. */
export const firefoxPath = process.env.REFLEXARC_FIREFOX ?? '/usr/bin/firefox-esr';

/** True where there is a Firefox to test in. */
export const haveFirefox = existsSync(firefoxPath);

// A camera without a question, and no request that leaves this machine.
const preferences: Record<string, boolean | number | string> = {
  'remote.active-protocols': 1,
  'media.navigator.streams.fake': true,
  'media.navigator.permission.disabled': true,
  'app.normandy.enabled': false,
  'app.update.auto': false,
  'browser.newtabpage.enabled': false,
  'browser.shell.checkDefaultBrowser': false,
  'browser.startup.page': 0,
  'browser.safebrowsing.downloads.remote.enabled': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'extensions.update.enabled': false,
  'media.gmp-manager.updateEnabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'services.settings.server': 'data:,',
  'toolkit.telemetry.enabled': false,
};

interface Answer {
  id?: number;
  type: 'success' | 'error' | 'event';
  result?: unknown;
  error?: string;
  message?: string;
  method?: string;
  params?: { text?: string | null; level?: string };
}

type Remote =
  | { type: 'success'; result: { value?: string } }
  | { type: 'exception'; exceptionDetails: { text: string } };

/**
 * One tab of a headless Firefox with a fake camera, spoken to over WebDriver BiDi.
 * @source https://w3c.github.io/webdriver-bidi/
 */
export class FirefoxPage {
  /** What the page wrote to its console, errors included. */
  readonly console: string[] = [];
  readonly #process: ChildProcess;
  readonly #socket: WebSocketClient;
  readonly #profile: string;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #context = '';
  #sent = 0;

  private constructor(process: ChildProcess, socket: WebSocketClient, profile: string) {
    this.#process = process;
    this.#socket = socket;
    this.#profile = profile;
    socket.onMessage = (text) => this.#receive(JSON.parse(text));
    socket.onClose = () => {
      for (const [id, answer] of this.#waiting) answer({ id, type: 'error', error: 'Firefox is gone' });
    };
  }

  /** Starts a Firefox with a profile of its own. */
  static async launch(extra: Record<string, boolean | number | string> = {}): Promise<FirefoxPage> {
    const profile = await mkdtemp(join(tmpdir(), 'reflexarc-firefox-'));
    const lines = Object.entries({ ...preferences, ...extra }).map(
      ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});`,
    );
    await writeFile(join(profile, 'user.js'), lines.join('\n'));
    const flags = ['--headless', '--no-remote', '--profile', profile, '--remote-debugging-port', '0', 'about:blank'];
    const child = spawn(firefoxPath, flags, { stdio: ['ignore', 'ignore', 'pipe'] });
    try {
      const address = await new Promise<string>((resolve, reject) => {
        let text = '';
        child.stderr?.on('data', (chunk: Buffer) => {
          text += chunk.toString();
          const found = /WebDriver BiDi listening on (ws:\S+)/.exec(text);
          if (found) resolve(found[1]);
        });
        child.once('error', reject);
        child.once('exit', (code) => reject(new Error(`Firefox ended with ${code}: ${text.slice(-500)}`)));
      });
      const page = new FirefoxPage(child, await WebSocketClient.connect(`${address}/session`), profile);
      await page.#call('session.new', { capabilities: {} });
      await page.#call('session.subscribe', { events: ['log.entryAdded'] });
      const { contexts } = (await page.#call('browsingContext.getTree', {})) as { contexts: { context: string }[] };
      page.#context = contexts[0].context;
      return page;
    } catch (error) {
      child.kill('SIGKILL');
      await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
      throw error;
    }
  }

  async goto(url: string): Promise<void> {
    await this.#call('browsingContext.navigate', { context: this.#context, url, wait: 'complete' });
  }

  /** Runs a function in the page with plain data and gives what it settles with, as plain data. */
  async evaluate<A, R>(body: (argument: A) => R | Promise<R>, argument?: A): Promise<R> {
    const expression = `(async () => JSON.stringify(await (${body})(${JSON.stringify(argument)})))()`;
    const target = { context: this.#context };
    const answer = (await this.#call('script.evaluate', { expression, target, awaitPromise: true })) as Remote;
    if (answer.type === 'exception') throw new Error(answer.exceptionDetails.text);
    return answer.result.value === undefined ? (undefined as R) : JSON.parse(answer.result.value);
  }

  /** Dedicated workers of the page that live. */
  async workers(): Promise<{ url(): string }[]> {
    const { realms } = (await this.#call('script.getRealms', { type: 'dedicated-worker' })) as {
      realms: { origin: string; realm: string }[];
    };
    // Firefox has no address of a worker's script in here.
    return realms.map(({ origin, realm }) => ({ url: () => `${origin} ${realm}` }));
  }

  /** Ends this Firefox and removes its profile. */
  async close(): Promise<void> {
    const gone = new Promise((resolve) => this.#process.once('exit', resolve));
    await Promise.race([this.#call('browser.close', {}).catch(() => {}), gone]);
    const kill = setTimeout(() => this.#process.kill('SIGKILL'), 5000);
    if (this.#process.exitCode === null && this.#process.signalCode === null) await gone;
    clearTimeout(kill);
    this.#socket.close();
    await rm(this.#profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }

  #call(method: string, params: unknown): Promise<unknown> {
    const id = ++this.#sent;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, (answer) => {
        this.#waiting.delete(id);
        if (answer.type === 'success') resolve(answer.result);
        else reject(new Error(`${method}: ${answer.error} ${answer.message ?? ''}`));
      });
      this.#socket.send(JSON.stringify({ id, method, params }));
    });
  }

  #receive(answer: Answer): void {
    if (answer.id !== undefined) this.#waiting.get(answer.id)?.(answer);
    else if (answer.method === 'log.entryAdded') this.console.push(`${answer.params?.level}: ${answer.params?.text}`);
  }
}
