import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { root } from '../host/cli-process.js';
import { havePython } from '../python.js';
import { type Chromium, describeWithChromium, launchChromium } from './chromium.js';
import { wait } from './describe-kiosk.js';

describeWithChromium('examples/embedded-host', () => {
  let folder: string;
  let command: ChildProcess;
  let chromium: Chromium;
  let page: Page;
  const complaints: string[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'reflexarc-embedded-'));
    const tokenFile = join(folder, 'token.json');
    // What `npm run example:host` runs.
    command = spawn(
      process.execPath,
      [
        join(root, 'examples/embedded-host/start.mjs'),
        ...['--port', '0', '--store', join(folder, 'store'), '--token-file', tokenFile, '--json'],
        ...['--camera', 'line-1=synthetic,seed=7,width=640,height=360,frameRate=10'],
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const [line] = await once(command.stdout as NodeJS.ReadableStream, 'data');
    const { url } = JSON.parse(String(line));
    const { token } = JSON.parse(readFileSync(tokenFile, 'utf8'));
    chromium = await launchChromium();
    page = await chromium.context.newPage();
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', ({ message }) => complaints.push(message));
    await page.goto(`${url}#token=${token}`);
  });

  afterAll(async () => {
    await chromium?.close();
    command?.kill('SIGTERM');
    if (command?.exitCode === null) await once(command, 'exit');
    rmSync(folder, { recursive: true, force: true });
  });

  const lane = (runtime: string) => page.locator(`.lane[data-runtime=${runtime}]`);
  const rows = (runtime: string) =>
    lane(runtime)
      .locator('[data-part=hops] tr')
      .evaluateAll((all) =>
        all.map((row) => [...row.children].map(({ textContent }) => textContent).filter((text) => text !== '')),
      );

  it.each(['onnx-native', ...(havePython('openvino') ? ['openvino'] : [])])(
    'runs the whole arc on %s and shows how long each hop takes',
    async (runtime) => {
      await expect.poll(() => lane(runtime).getAttribute('data-state'), wait).toBe('running');
      const known = /^\d+\.\d+$/;
      await expect
        .poll(() => rows(runtime), wait)
        .toEqual(
          ['Capture', 'Ring', 'Preprocess', 'Infer', 'Postprocess', 'Respond', 'To the page'].map((name) => [
            name,
            expect.stringMatching(known),
            expect.stringMatching(known),
          ]),
        );
      const facts = lane(runtime).locator('[data-part=facts]');
      await expect.poll(() => facts.innerText(), wait).toMatch(new RegExp(`${runtime} \\d[^]*\\d+ · ready`));
      await expect.poll(() => facts.innerText(), wait).toMatch(/Passed\s+[1-9]/);
      expect(complaints).toEqual([]);
    },
  );

  it('says what the machine says of itself, and where the pages come from', async () => {
    expect(await page.locator('#camera').textContent()).toBe('line-1 · 640 × 360 · 10 fps');
    await expect.poll(() => page.locator('#machine').textContent(), wait).toMatch(/reflexarc \d.*1 connection, /);
    expect(page.url()).not.toContain('token');
  });

  const missing = havePython('openvino') ? undefined : it;
  missing?.('says what is missing for OpenVINO', async () => {
    await expect.poll(() => lane('openvino').locator('[data-part=problem]').textContent(), wait).toContain('Install');
  });
});
