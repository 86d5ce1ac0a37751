import './thread-census.js';
import { callScript, type ScriptAnswer, type ScriptCall } from './script-call.js';
import type { Census } from './thread-census.js';

/** An answer, and what the worker held open when it gave it. */
export type WorkerAnswer = ScriptAnswer & { held: Census };

addEventListener(
  'message',
  async ({ data }: MessageEvent<ScriptCall>) => {
    const answer: WorkerAnswer = { ...(await callScript(data)), held: takeCensus() };
    postMessage(answer);
  },
  { once: true },
);
