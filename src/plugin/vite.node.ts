import type { Plugin, PluginOption } from 'vite';
import { InvalidArgumentError } from '../core/error.js';
import { type ExecutionProviderId, executionProviderIds } from '../core/runtime-choice.js';
import { ortFiles } from '../infer/onnx-web/ort-files.js';

/** What an application may choose. */
export interface ReflexarcPluginOptions {
  /**
   * Execution providers whose files go into the application; `['wasm']` by default, as in a definition. WebAssembly
   * takes 14 MB, WebGPU 43 MB. A pipeline that asks for one that was left out gets an ERR_UNSUPPORTED which says so.
   */
  runtimes?: readonly ExecutionProviderId[];
  /**
   * Sends the headers of cross-origin isolation, which threads need, in development and preview. Whoever serves the
   * built application must send them, too. False by default: an isolated page may embed nothing of other origins that
   * does not agree to it.
   */
  isolation?: boolean;
}

/** What makes a page cross-origin isolated. */
const isolationHeaders = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/**
 * What Vite does better when it is told: it leaves out builds of onnxruntime-web that the application does not use,
 * splits the worker, so that only what runs is fetched, serves the package as it is in development, so that runtime
 * files are found from a page as from a worker, and isolates the page.
 *
 * ```ts
 * // vite.config.ts
 * import { reflexarc } from 'reflexarc/vite';
 * export default { plugins: [reflexarc({ runtimes: ['wasm', 'webgpu'], isolation: true })] };
 * ```
 * @throws {InvalidArgumentError} ERR_ARGUMENT `runtimes` is empty or names none that there is.
 */
export function reflexarc(options: ReflexarcPluginOptions = {}): PluginOption {
  const { runtimes = ['wasm'], isolation = false } = options;
  const unknown = runtimes.filter((id) => !executionProviderIds.includes(id));
  if (runtimes.length === 0 || unknown.length > 0) {
    throw new InvalidArgumentError({
      subject: 'runtimes of the Vite plugin reflexarc',
      expected: `one or more of ${executionProviderIds.join(', ')}`,
      received: unknown.join(', ') || 'none',
    });
  }
  return [settings(runtimes, isolation), leaveOut(runtimes)];
}

function settings(runtimes: readonly ExecutionProviderId[], isolation: boolean): Plugin {
  const headers = isolation ? isolationHeaders : {};
  return {
    name: 'reflexarc',
    config: () => ({
      // Pre-bundled, the package loses sight of its runtime's files on a page; and what it imports would be found only
      // when a worker asks for it, which reloads the page.
      optimizeDeps: { exclude: ['reflexarc', 'comlink', 'onnxruntime-web', 'valibot'] },
      // Other plugins do not reach into workers.
      worker: { format: 'es', plugins: () => [leaveOut(runtimes)] },
      server: { headers },
      preview: { headers },
    }),
  };
}

/** Puts a refusal in the place of each module that brings a build of an execution provider which is not wanted. */
function leaveOut(runtimes: readonly ExecutionProviderId[]): Plugin {
  return {
    name: 'reflexarc-runtimes',
    enforce: 'pre',
    load(id) {
      const [, build, extension] = /\/infer\/onnx-web\/ort-(wasm|jspi|asyncify)\.web\.([jt]s)(?:\?|$)/.exec(id) ?? [];
      if (!build) return undefined;
      const { provider } = ortFiles[build as keyof typeof ortFiles];
      if (runtimes.includes(provider)) return undefined;
      return [
        `import { leftOut } from './ort-left-out.${extension}';`,
        `export const ortSource = leftOut('${provider}');`,
      ].join('\n');
    },
  };
}
