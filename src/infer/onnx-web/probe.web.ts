import { haveWasmSimd } from '../../kernels/load-kernels.js';
import type { ProbeReport } from '../runtime.js';
import { findAdapter } from './gpu.web.js';
import { findBuildFault, importBuild } from './onnx-web-assets.web.js';

// The smallest module: what a content security policy forbids, it forbids to this one, too.
const emptyModule = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

/**
 * Looks whether the runtime can start here: the engine has SIMD and may compile, the package loads, its files are
 * served as what they are. It does not start it, which would settle the number of threads of this thread's copy.
 * Never throws; time-boxed.
 * @param base absolute folder of the runtime's files; where undefined, they are where the bundler put them.
 */
export async function probeFiles(base: string | undefined, timeoutMs: number): Promise<ProbeReport> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<ProbeReport>((resolve) => {
    const report = unavailable(`no answer within ${timeoutMs} ms`, 'Look at the network of the page.');
    timer = setTimeout(() => resolve(report), timeoutMs);
  });
  const report = await Promise.race([look(base), late]);
  clearTimeout(timer);
  return report;
}

async function look(base: string | undefined): Promise<ProbeReport> {
  if (!haveWasmSimd()) return unavailable('this browser has no WebAssembly SIMD', 'Update the browser.');
  try {
    await WebAssembly.compile(emptyModule);
  } catch (error) {
    return unavailable(
      messageOf(error),
      "Allow 'wasm-unsafe-eval' in script-src of the page's content security policy.",
    );
  }
  try {
    const version = (await importBuild('wasm', base)).env.versions.web ?? null;
    const fault = await findBuildFault('wasm', base);
    if (fault) return unavailable(fault.received, fault.remedy);
    const devices = 'adapter' in (await findAdapter()) ? ['cpu', 'gpu'] : ['cpu'];
    return { id: 'onnx-web', status: 'works', version, devices, problem: null, remedy: null };
  } catch (error) {
    return unavailable(messageOf(error), 'Bundle onnxruntime-web with the application, or copy it beside it.');
  }
}

function unavailable(problem: string, remedy: string): ProbeReport {
  return { id: 'onnx-web', status: 'unavailable', version: null, devices: [], problem, remedy };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
