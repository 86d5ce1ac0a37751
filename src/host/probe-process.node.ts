import { type NodeRuntimeId, nodeRuntimes } from '../infer/runtimes.node.js';
import { answerAsked } from './answer-asked.node.js';

// A process of its own: looking at a vendor's library loads it, and what breaks then is nobody else's.
await answerAsked(async (id) => (await nodeRuntimes[id as NodeRuntimeId]()).probe());
