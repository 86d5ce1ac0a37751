import '../../../src/pipeline/intake-worker.web.js';

/** What can be done to a worker that is at work. */
export type Mishap = 'close' | 'throw' | 'block' | 'swallow';

// Our worker, with a channel beside it by which the page breaks it. Its name says what befalls it at the start.
const mishaps: Record<Mishap, () => void> = {
  close: () => close(),
  throw: () => {
    throw new Error('broken on purpose');
  },
  block: () => {
    for (;;);
  },
  // The thread goes on and answers questions, but no frame ever lands.
  swallow: () => {
    const post = globalThis.postMessage.bind(globalThis) as (message: unknown, transfer?: Transferable[]) => void;
    globalThis.postMessage = ((message: { value?: { value?: { landing?: unknown } } }, transfer?: Transferable[]) => {
      if (!message.value?.value?.landing) post(message, transfer ?? []);
    }) as typeof globalThis.postMessage;
  },
};

new BroadcastChannel('mishaps').onmessage = ({ data }: MessageEvent<Mishap>) => mishaps[data]();

const { name } = self;
// Opening takes longer than that: it is under way then.
if (name in mishaps) addEventListener('message', () => setTimeout(mishaps[name as Mishap], 50), { once: true });
