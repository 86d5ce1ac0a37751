// Adds to each answer of this worker when it was asked, and when it answered, in ms of this thread's clock. What answers
// is the same worker as ever: it neither knows nor waits.
const received = new Map<string, number>();

addEventListener('message', ({ data }: MessageEvent<{ id?: string }>) => {
  if (data?.id) received.set(data.id, performance.now());
});

const post = globalThis.postMessage.bind(globalThis) as (message: unknown, transfer?: Transferable[]) => void;
globalThis.postMessage = (message: { id?: string }, transfer?: unknown) => {
  const asked = message.id && received.get(message.id);
  if (!message.id || asked === undefined) {
    post(message, transfer as Transferable[]);
    return;
  }
  received.delete(message.id);
  const timed = { received: asked, replied: performance.now(), origin: performance.timeOrigin };
  post({ ...message, timed }, transfer as Transferable[]);
};
