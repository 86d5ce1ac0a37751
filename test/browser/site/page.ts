import './thread-census.js';
import { callScript, type ScriptAnswer, type ScriptCall } from './script-call.js';
import type { WorkerAnswer } from './worker.js';

declare global {
  /** Calls a script in the page, or in a module worker that ends with the call. */
  var callTestScript: (where: 'page' | 'worker', call: ScriptCall) => Promise<ScriptAnswer>;
  /** Frames and bitmaps that called workers had not closed when they answered. */
  var leftInWorkers: number;
}

globalThis.leftInWorkers = 0;
globalThis.callTestScript = (where, call) => (where === 'page' ? callScript(call) : callInWorker(call));

function callInWorker(call: ScriptCall): Promise<ScriptAnswer> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  return new Promise<ScriptAnswer>((resolve) => {
    worker.onmessage = ({ data: { held, ...answer } }: MessageEvent<WorkerAnswer>) => {
      globalThis.leftInWorkers += held.videoFrames + held.bitmaps;
      resolve(answer);
    };
    worker.onerror = ({ message }) =>
      resolve({ error: { name: 'Error', code: undefined, message: message || 'the worker could not be loaded' } });
    worker.postMessage(call);
  }).finally(() => worker.terminate());
}
