import type { PipelineDefinitionInput, PipelineInfo, SerializedError } from '../../src/index.js';
import type { WebPipelineOptions } from '../../src/index.web.js';
import type { Chromium } from '../browser/chromium.js';
import type { Found } from './consumer.js';

/** The application: one page with one script. @param specifier that it imports the package by. */
export function application(specifier = 'reflexarc'): Record<'index.html' | 'main.js', string> {
  return {
    'index.html': `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Application</title>
<link rel="icon" href="data:,"></head><body><script type="module" src="./main.js"></script></body></html>\n`,
    'main.js': `import { createPipeline, serializeError } from '${specifier}';
const own = () => ({});
${runScript}`,
  };
}

/** Its worker's script, and the URL's part by which a worker made from it is known. */
export const ownWorker = 'arc-worker';

/**
 * The application with a worker and kernels that it brings itself.
 * @param readKernels script with an async function of this name that gives their bytes.
 */
export function ownApplication(readKernels: string): Record<string, string> {
  return {
    ...application(),
    [`${ownWorker}.js`]: `import 'reflexarc/worker';\n`,
    'main.js': `import { createPipeline, serializeError } from 'reflexarc';
${readKernels}
const own = async () => ({
  wasmBinary: await readKernels(),
  workerFactory: () => new Worker(new URL('./${ownWorker}.js', import.meta.url), { type: 'module', name: '${ownWorker}' }),
});
${runScript}`,
  };
}

const runScript = `globalThis.runArc = async (definition, options) => {
  try {
    const pipeline = await createPipeline(definition, { ...options, ...(await own()) });
    const found = [];
    for await (const { frame, items } of pipeline.run()) found.push({ frame, items });
    await pipeline.close();
    return { found, info: pipeline.info };
  } catch (error) {
    return { error: serializeError(error) };
  }
};\n`;

/** Settings that survive the way into the page. */
export type PageOptions = { [K in 'assetBaseUrl']?: Exclude<WebPipelineOptions[K], URL> };

/** What a page answered, and what it did meanwhile. */
export interface Visit {
  found: Found;
  info: PipelineInfo;
  error?: SerializedError;
  /** Paths asked for, by the page and its workers. */
  paths: string[];
  /** Paths of the scripts that workers of the page were made from; a thread of the runtime is one, too. */
  workers: string[];
  /** Requests to other origins. */
  foreign: string[];
  /** Console errors, uncaught errors, and answers that are none. */
  complaints: string[];
}

declare global {
  var runArc: (definition: PipelineDefinitionInput, options: PageOptions) => Promise<Visit>;
}

/** Opens the application in a new tab and runs an arc in it. */
export async function visit(
  { context }: Chromium,
  url: string,
  definition: PipelineDefinitionInput,
  options: PageOptions = {},
): Promise<Visit> {
  const page = await context.newPage();
  const { origin } = new URL(url);
  const paths: string[] = [];
  const workers: string[] = [];
  const foreign: string[] = [];
  const complaints: string[] = [];
  const onRequest = (request: { url(): string }) => {
    const asked = new URL(request.url());
    if (asked.protocol === 'data:') return;
    if (asked.origin === origin) paths.push(asked.pathname);
    else foreign.push(asked.href);
  };
  const onResponse = (response: { url(): string; status(): number }) => {
    if (response.status() >= 400) complaints.push(`${response.status()} ${response.url()}`);
  };
  context.on('request', onRequest);
  context.on('response', onResponse);
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('worker', (worker) => workers.push(new URL(worker.url()).pathname));
  page.on('pageerror', (error) => complaints.push(error.message));
  try {
    await page.goto(url);
    await page.waitForFunction(() => typeof globalThis.runArc === 'function');
    const answer = await page.evaluate(([arc, given]) => globalThis.runArc(arc, given), [definition, options] as const);
    return { ...answer, paths, workers, foreign, complaints };
  } finally {
    context.off('request', onRequest);
    context.off('response', onResponse);
    await page.close();
  }
}
