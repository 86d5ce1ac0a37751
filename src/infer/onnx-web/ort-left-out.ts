import { UnsupportedError } from '../../core/error.js';
import type { ExecutionProviderId } from '../../core/runtime-choice.js';
import type { OrtSource } from './ort-source.js';

/**
 * Stands for a build of onnxruntime-web that the application was bundled without. Whoever asks for it is told so:
 * nothing is fetched that is not there.
 */
export function leftOut(provider: ExecutionProviderId): OrtSource {
  const refuse = () => {
    throw new UnsupportedError({
      subject: `execution provider ${provider}`,
      expected: 'its files among those of the application',
      received: 'an application that was built without them',
      remedy: `Add '${provider}' to \`runtimes\` of the Vite plugin reflexarc/vite, or do not list it in executionProviders.`,
      details: { supported: [provider === 'wasm' ? 'webgpu' : 'wasm'] },
    });
  };
  return { import: async () => refuse(), ownMjs: refuse, ownWasm: refuse };
}
