import type { ProbeReport } from '../runtime.js';
import { findAdapter } from './gpu.web.js';
import type { ProbeAnswer, ProbeQuestion } from './probe-worker.web.js';

/**
 * Starts the runtime in a worker of its own and runs the identity model there: the number of threads of this thread's
 * copy stays open, and a start that hangs ends with the worker. Never throws.
 * @param base absolute folder of the runtime's files; where undefined, they are where the bundler put them.
 */
export async function probeInWorker(base: string | undefined, timeoutMs: number): Promise<ProbeReport> {
  let worker: Worker | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const answer = await new Promise<ProbeAnswer>((resolve) => {
    const fail = (problem: string) => resolve({ problem, remedy: 'Look at the console and the network of the page.' });
    timer = setTimeout(() => fail(`no answer within ${timeoutMs} ms`), timeoutMs);
    try {
      worker = new Worker(new URL('./probe-worker.web.js', import.meta.url), {
        type: 'module',
        name: 'reflexarc probe',
      });
      worker.onmessage = ({ data }: MessageEvent<ProbeAnswer>) => resolve(data);
      worker.onerror = (event) => fail(event.message || 'the worker could not be loaded');
      worker.postMessage({ base, startTimeoutMs: timeoutMs } satisfies ProbeQuestion);
    } catch (error) {
      fail(error instanceof Error ? error.message : String(error));
    }
  });
  clearTimeout(timer);
  worker?.terminate();
  if ('problem' in answer) {
    return { id: 'onnx-web', status: 'unavailable', version: null, devices: [], ...answer };
  }
  const devices = 'adapter' in (await findAdapter()) ? ['cpu', 'gpu'] : ['cpu'];
  return { id: 'onnx-web', status: 'works', version: answer.version, devices, problem: null, remedy: null };
}
