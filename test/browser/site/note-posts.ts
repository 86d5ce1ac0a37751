import { weigh } from './message-weight.js';

// Sends a note about each message of this worker to whoever listens.
const channel = new BroadcastChannel('traffic');
const post = globalThis.postMessage.bind(globalThis) as (message: unknown, transfer?: Transferable[]) => void;
Object.assign(globalThis, {
  postMessage(message: unknown, transfer: Transferable[] = []) {
    channel.postMessage(weigh(message, transfer));
    post(message, transfer);
  },
});
