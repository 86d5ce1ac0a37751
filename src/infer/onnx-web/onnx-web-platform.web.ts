import { probeIsolation } from '../../core/isolation.web.js';
import type { ExecutionProviderId } from '../../core/runtime-choice.js';
import { openGpu } from './gpu.web.js';
import { findBuildFault, importBuild } from './onnx-web-assets.web.js';
import type { OnnxWebPlatform, StartFault } from './onnx-web-runtime.js';
import type { OrtBuild } from './ort-files.js';

/**
 * A browser, as onnxruntime-web needs it; all but the probe, which starts this very thing in a worker.
 * @param base absolute folder of the runtime's files; where undefined, they are where the bundler put them.
 * @param startTimeoutMs how long fetching and starting the WebAssembly module may take.
 */
export function webPlatform(base: string | undefined, startTimeoutMs: number): Omit<OnnxWebPlatform, 'probe'> {
  return {
    importOrt: (provider) => importBuild(buildFor(provider), base),
    startTimeoutMs,
    limitThreads,
    openGpu,
    explainStart: (provider, cause) => explainStart(buildFor(provider), base, cause),
  };
}

/** With stack switching the WebGPU build is smaller, and a lost device fails runs instead of blocking the thread. */
function buildFor(provider: ExecutionProviderId): OrtBuild {
  if (provider === 'wasm') return 'wasm';
  return 'Suspending' in WebAssembly ? 'jspi' : 'asyncify';
}

function limitThreads(asked: number): { threads: number; limitation?: string } {
  if (asked === 1) return { threads: 1 };
  const { threads, problem, remedy } = probeIsolation();
  if (threads) return { threads: asked };
  return { threads: 1, limitation: `One thread instead of ${asked}: ${problem}. ${remedy}` };
}

async function explainStart(
  build: OrtBuild,
  base: string | undefined,
  cause: unknown,
): Promise<StartFault | undefined> {
  const message = cause instanceof Error ? cause.message : String(cause);
  if (/content security policy|unsafe-eval/i.test(message)) {
    return {
      received: message,
      remedy: "Allow 'self' and 'wasm-unsafe-eval' in script-src of the page's content security policy.",
    };
  }
  return findBuildFault(build, base);
}
