import { parentPort } from 'node:worker_threads';
import * as Comlink from 'comlink/dist/esm/comlink.mjs';
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs';
import { ClosedError } from '../core/error.js';
import { type EngineChannel, reply } from './engine-channel.js';
import { engineResources } from './engine-resources.node.js';
import { LocalEngine } from './local-engine.js';

// Entry of the worker thread: one engine, spoken to through comlink.
let engine: LocalEngine | undefined;
const buffers = new Map<number, SharedArrayBuffer>();

const channel: EngineChannel = {
  open: (definition, onProgress) =>
    reply(async () => {
      engine = await LocalEngine.open(definition, engineResources, onProgress);
      return engine.info;
    }),
  process: (slot, { buffer, byteOffset, byteLength, memory, forget, ...frame }) =>
    reply(async () => {
      if (memory) buffers.set(buffer, memory);
      if (forget !== undefined) buffers.delete(forget);
      const shared = buffers.get(buffer);
      if (!engine || !shared) {
        throw new ClosedError({ subject: 'engine', expected: 'an open one', received: 'none' });
      }
      return engine.process(slot, { ...frame, data: new Uint8Array(shared, byteOffset, byteLength) });
    }),
  close: () => reply(async () => engine?.close()),
};

if (parentPort) Comlink.expose(channel, nodeEndpoint(parentPort));
