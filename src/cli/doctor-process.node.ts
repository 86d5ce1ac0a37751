import { loadSharp } from '../core/sharp.node.js';
import { answerAsked } from '../host/answer-asked.node.js';
import { loadKernels } from '../kernels/load-kernels.node.js';

// A process of its own: a library of the wrong machine ends whoever loads it.
const parts: Record<string, () => Promise<string>> = {
  'native kernels': async () => {
    const { tier, file } = (await loadKernels({ tier: 'native-simd' })).info;
    return `${tier} from ${file}`;
  },
  sharp: async () => (await loadSharp('pictures')).versions.sharp,
};

await answerAsked((part) => parts[part]());
