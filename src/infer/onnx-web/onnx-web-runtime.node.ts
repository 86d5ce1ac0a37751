import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { identityModel } from '../one-node-model.js';
import type { ProbeReport, Runtime } from '../runtime.js';
import { OnnxWebRuntime } from './onnx-web-runtime.js';

const startTimeoutMs = 30_000;

/**
 * onnxruntime-web in Node: its WASM execution provider. One per JavaScript thread, because the package keeps one
 * WebAssembly module there; see {@link OnnxWebRuntime} for what that means for `threads`.
 */
export const onnxWebRuntime: Runtime = new OnnxWebRuntime({
  importOrt: () => import('onnxruntime-web'),
  probe: () => probeInWorker(startTimeoutMs),
  startTimeoutMs,
});

/**
 * Starts the runtime in a worker and runs the identity model there: the number of threads of this thread's own copy
 * stays open, and a start that hangs ends with the worker.
 * @param entry URL of the module to start; the installed package by default. @internal
 */
export async function probeInWorker(timeoutMs: number, entry?: string): Promise<ProbeReport> {
  const report: ProbeReport = {
    id: 'onnx-web',
    status: 'works',
    version: null,
    devices: ['cpu'],
    problem: null,
    remedy: null,
  };
  const unavailable = (problem: string, remedy: string): ProbeReport => ({
    ...report,
    status: 'unavailable',
    devices: [],
    problem,
    remedy,
  });
  let url: string;
  try {
    url = entry ?? installedEntry();
  } catch (cause) {
    return unavailable((cause as Error).message, 'Install it: npm install onnxruntime-web');
  }
  const script = `
    const { parentPort, workerData } = require('node:worker_threads');
    (async () => {
      const ort = await import(workerData.entry);
      ort.env.logLevel = 'fatal';
      ort.env.wasm.numThreads = 1;
      const session = await ort.InferenceSession.create(workerData.model, { executionProviders: ['wasm'] });
      const { y } = await session.run({ x: new ort.Tensor('float32', [0.25], [1]) });
      if (y.data[0] !== 0.25) throw new Error('an Identity node turned 0.25 into ' + y.data[0]);
      parentPort.postMessage({ version: ort.env.versions.web });
    })().catch((error) => parentPort.postMessage({ problem: String(error.message) }));
  `;
  const worker = new Worker(script, {
    eval: true,
    workerData: { entry: url, model: identityModel },
    stdout: true,
    stderr: true,
  });
  let timer: NodeJS.Timeout | undefined;
  const answer = await new Promise<{ version?: string; problem?: string }>((resolve) => {
    timer = setTimeout(() => resolve({ problem: `no answer within ${timeoutMs} ms` }), timeoutMs);
    worker.once('message', resolve);
    worker.once('error', (error: Error) => resolve({ problem: error.message }));
    worker.once('exit', () => resolve({ problem: 'the worker ended without an answer' }));
  });
  clearTimeout(timer);
  await worker.terminate();
  if (answer.problem !== undefined) {
    return unavailable(answer.problem, 'onnxruntime-web needs WebAssembly SIMD and its .wasm file beside it.');
  }
  return { ...report, version: answer.version ?? null };
}

// The package shows Node only its door for `require`; the one for `import` lies beside it.
function installedEntry(): string {
  const folder = dirname(createRequire(import.meta.url).resolve('onnxruntime-web'));
  return pathToFileURL(join(folder, 'ort.node.min.mjs')).href;
}
