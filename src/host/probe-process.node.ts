import { type NodeRuntimeId, nodeRuntimes } from '../infer/runtimes.node.js';

// A process of its own: looking at a vendor's library loads it, and what breaks then is nobody else's.
const ids = Object.keys(nodeRuntimes) as NodeRuntimeId[];
const reports = await Promise.all(ids.map(async (id) => (await nodeRuntimes[id]()).probe()));
process.stdout.write(JSON.stringify(reports), () => process.exit(0));
