import * as v from 'valibot';
import { pipelineDefinitionSchema } from '../core/definition.js';

const uint32 = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xffffffff));
const count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1_000_000));

/** Whether a stream sends pictures, and how many at most. */
export const previewRequestSchema = v.strictObject({
  /** Pictures per second at most. */
  rate: v.optional(v.pipe(v.number(), v.minValue(0.1), v.maxValue(60)), 10),
  /** Longer sides are made this long, in px. */
  maxSide: v.optional(v.pipe(v.number(), v.integer(), v.minValue(16), v.maxValue(4096)), 1280),
});

const openSchema = v.strictObject({
  definition: pipelineDefinitionSchema,
  /** `end`: the first frame that cannot be processed ends the run; `tell`: it is told. */
  faults: v.optional(v.picklist(['end', 'tell']), 'end'),
  preview: v.optional(previewRequestSchema),
});

/** Numbers of the last result and the last news that arrived; 0: none. */
const resumeSchema = v.strictObject({
  resume: v.pipe(v.string(), v.regex(/^[\w-]{22,64}$/, 'a key that OPENED gave')),
  results: uint32,
  news: uint32,
});

const creditSchema = v.strictObject({
  /** So many more results and pictures may be sent. */
  results: v.optional(count, 0),
  previews: v.optional(count, 0),
  /** The last result and the last news that arrived; what came before them need not be kept. */
  received: v.optional(uint32, 0),
  news: v.optional(uint32, 0),
});

const swapSchema = v.strictObject({ model: pipelineDefinitionSchema.entries.model });

/** What a client may send, by type; a type without an entry is the daemon's alone. */
export const requestSchemas = {
  OPEN: v.union([resumeSchema, openSchema]),
  CREDIT: creditSchema,
  SWAP: swapSchema,
  CLOSE: v.undefined(),
  PING: v.undefined(),
} as const;

/** A type of message that a client may send. */
export type RequestType = keyof typeof requestSchemas;
export type OpenRequest = v.InferOutput<typeof openSchema>;
export type ResumeRequest = v.InferOutput<typeof resumeSchema>;
export type CreditRequest = v.InferOutput<typeof creditSchema>;
export type SwapRequest = v.InferOutput<typeof swapSchema>;
export type PreviewRequest = v.InferOutput<typeof previewRequestSchema>;
