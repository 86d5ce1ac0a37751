import { deserializeError, type SerializedError, serializeError } from '../core/error.js';
import type { EngineDefinition, EngineInfo, FrameInput, Processed } from './engine.js';
import type { PipelinePhase } from './pipeline.js';

/** An answer from a worker. Errors travel as data: a thrown one would lose its class, code and details on the way. */
export type Reply<T> = { value: T } | { error: SerializedError };

/** A frame without its pixels: those lie in shared memory that the worker was given once. */
export interface FrameMessage extends Omit<FrameInput, 'data'> {
  buffer: number;
  byteOffset: number;
  byteLength: number;
  /** Sent with the first frame that lies in it. */
  memory?: SharedArrayBuffer;
  /** Number of a buffer that is not used any more. */
  forget?: number;
}

/** What a worker exposes through comlink. */
export interface EngineChannel {
  open(definition: EngineDefinition, onProgress: (phase: PipelinePhase) => void): Promise<Reply<EngineInfo>>;
  process(slot: number, frame: FrameMessage): Promise<Reply<Processed>>;
  close(): Promise<Reply<void>>;
}

/** Runs something and packs what comes of it. */
export async function reply<T>(work: () => Promise<T>): Promise<Reply<T>> {
  try {
    return { value: await work() };
  } catch (error) {
    return { error: serializeError(error) };
  }
}

/** Unpacks an answer; throws the error with its class. */
export function unpack<T>(answer: Reply<T>): T {
  if ('error' in answer) throw deserializeError(answer.error);
  return answer.value;
}
