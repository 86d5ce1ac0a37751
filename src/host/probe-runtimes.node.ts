import { ReflexarcError } from '../core/error.js';
import type { ProbeReport } from '../infer/runtime.js';
import { type NodeRuntimeId, nodeRuntimes } from '../infer/runtimes.node.js';
import { type AskOptions, askProcess } from './ask-process.node.js';

const remedies: Record<NodeRuntimeId, string> = {
  'onnx-web': 'Install the package again.',
  'onnx-native': 'Install ONNX Runtime again, or name another library with REFLEXARC_ORT_LIBRARY.',
  openvino: 'Install OpenVINO again, or name another library with REFLEXARC_OPENVINO_LIBRARY.',
};

/**
 * What the runtimes of this machine are, each looked at in a process of its own, side by side, so that no vendor's library
 * gets into this one, or in another's way. Never throws: a library that ends its process, or hangs, when it is loaded makes
 * its runtime unavailable, and the report says how. Takes as long as `timeoutMs` at most, 30 s by default.
 */
export function probeRuntimes(options?: AskOptions): Promise<ProbeReport[]> {
  return Promise.all((Object.keys(nodeRuntimes) as NodeRuntimeId[]).map((id) => probe(id, options)));
}

async function probe(id: NodeRuntimeId, options?: AskOptions): Promise<ProbeReport> {
  try {
    return await askProcess(new URL('./probe-process.node.js', import.meta.url), id, options);
  } catch (error) {
    const known = error instanceof ReflexarcError ? error : undefined;
    return {
      id,
      status: 'unavailable',
      version: null,
      devices: [],
      problem: known ? `${known.subject}: ${known.received}` : String(error),
      remedy: known?.remedy ?? remedies[id],
    };
  }
}
