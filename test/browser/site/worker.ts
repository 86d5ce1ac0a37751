import { callScript, type ScriptCall } from './script-call.js';

addEventListener('message', async ({ data }: MessageEvent<ScriptCall>) => postMessage(await callScript(data)), {
  once: true,
});
