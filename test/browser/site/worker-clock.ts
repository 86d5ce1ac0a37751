// Adds to each answer of this worker when it was asked, what it had answered last by then, and when it answered, in ms of
// this thread's clock. What answers is the same worker as ever: it neither knows nor waits.
const received = new Map<string, { received: number; before: number }>();
let before = 0;

addEventListener('message', ({ data }: MessageEvent<{ id?: string }>) => {
  if (data?.id) received.set(data.id, { received: performance.now(), before });
});

const post = globalThis.postMessage.bind(globalThis) as (message: unknown, transfer?: Transferable[]) => void;
globalThis.postMessage = (message: { id?: string }, transfer?: unknown) => {
  const asked = message.id && received.get(message.id);
  if (!message.id || asked === undefined) {
    post(message, transfer as Transferable[]);
    return;
  }
  received.delete(message.id);
  before = performance.now();
  const timed = { ...asked, replied: before, origin: performance.timeOrigin };
  post({ ...message, timed }, transfer as Transferable[]);
};
