import fc from 'fast-check';
import * as v from 'valibot';
import { encodeMessage, type MessageType, messageTypes } from '../../src/bridge/message.js';
import { type RequestType, requestSchemas } from '../../src/bridge/requests.js';
import { randomNumbers, seed } from '../conformance/random-numbers.js';
import { storedConveyor } from './host-client.js';

const types = Object.keys(messageTypes) as MessageType[];
const u32 = fc.oneof(fc.constantFrom(0, 1, 2, 0xffffffff), fc.nat(0xffffffff));

// Bytes of every kind: noise, torn and twisted messages, right headers with wrong payloads, right messages at the wrong time.
const garbage = fc.oneof(
  fc.uint8Array({ minLength: 4, maxLength: 80 }),
  fc
    .tuple(
      fc.constantFrom(...types),
      fc.integer({ min: 0, max: 9 }),
      u32,
      fc.oneof(
        fc.jsonValue({ maxDepth: 3 }),
        fc.uint8Array({ maxLength: 64 }),
        fc.record({ results: fc.oneof(fc.integer(), fc.double()), previews: fc.jsonValue({ maxDepth: 1 }) }),
        fc.record({ resume: fc.string(), results: u32, news: u32 }),
        fc.record({ definition: fc.record({ source: fc.jsonValue(), model: fc.jsonValue() }) }),
      ),
    )
    .map(([type, stream, sequence, payload]) => encodeMessage({ type, stream, sequence, time: sequence, payload })),
);

/** That many messages, no two the same: bytes that are mostly no request, and that begin nothing where they are one. */
export function garbageMessages(count: number): Uint8Array[] {
  const random = randomNumbers(seed);
  const grown = fc.sample(garbage, { numRuns: Math.ceil(count / 4), seed });
  const distinct = new Map<string, Uint8Array>();
  const add = (bytes: Uint8Array) => distinct.set(Buffer.from(bytes).toString('latin1'), bytes);
  for (const bytes of grown) add(bytes);
  while (distinct.size < count) {
    const bytes = grown[random() % grown.length].slice();
    for (let twists = random() % 4; twists >= 0; twists--) bytes[random() % bytes.length] = random();
    add(random() % 4 === 0 ? bytes.subarray(0, random() % bytes.length) : bytes);
  }
  return [...distinct.values()].slice(0, count);
}

/** A request that the schema takes. */
export interface FuzzedRequest {
  type: RequestType;
  payload: unknown;
}

const word = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.constantFrom('..', '/etc/passwd', '\0', '__proto__', 'NPU', ','),
);
const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(Number.MAX_VALUE, Number.MIN_VALUE, -0, 2 ** 53),
  fc.nat(4096),
);
const source = fc.oneof(
  fc.record(
    {
      type: fc.constant('synthetic'),
      seed: u32,
      width: fc.integer({ min: 64, max: 4096 }),
      height: fc.integer({ min: 64, max: 4096 }),
      frameRate: number,
      noise: number,
      density: number,
    },
    { requiredKeys: ['type'] },
  ),
  fc.record({ type: fc.constant('camera'), deviceId: word, width: u32, frameRate: number }, { requiredKeys: ['type'] }),
  fc.record({ type: fc.constantFrom('pictures', 'video', 'recording'), path: word }),
  fc.record({ type: fc.constant('module'), url: word, options: fc.jsonValue({ maxDepth: 2 }) }),
  fc.record({ type: fc.constantFrom('screen', 'media') }),
);
const hex = fc.stringMatching(/^[0-9a-f]{64}$/);
// Few name what could be there: each of these starts a process.
const bundle = fc.record(
  {
    type: fc.constant('bundle'),
    path: fc.oneof(
      { weight: 300, arbitrary: word.map((text) => `store:${text}`) },
      { weight: 300, arbitrary: word },
      { weight: 3, arbitrary: hex.map((sha256) => `store:${sha256}`) },
      { weight: 1, arbitrary: fc.constant(storedConveyor) },
    ),
    variant: word,
    goldenCheck: fc.boolean(),
  },
  { requiredKeys: ['type', 'path'] },
);
const model = fc.oneof(
  { weight: 9, arbitrary: bundle },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('file'), path: word, preset: fc.constant('yolox') }) },
);
const definition = fc.record(
  {
    source,
    model,
    runtime: fc.array(fc.constantFrom('onnx-web', 'onnx-web:wasm', 'onnx-native:rocm', 'openvino:NPU', 'openvino:\0'), {
      minLength: 1,
      maxLength: 4,
    }),
    runtimeOptions: fc.record(
      {
        openvino: fc.record({ library: word, properties: fc.dictionary(word, word) }, { requiredKeys: [] }),
        'onnx-native': fc.record({ library: word, profile: word }, { requiredKeys: [] }),
      },
      { requiredKeys: [] },
    ),
    threads: fc.integer({ min: 1, max: 64 }),
    execution: fc.constantFrom('worker', 'inline'),
    recovery: fc.record({ hangMs: number, restarts: fc.nat() }, { requiredKeys: [] }),
    slots: fc.constantFrom(1, 2),
    queue: fc.constantFrom('latest', 'wait'),
    deadlineMs: number,
    pace: number,
    frames: fc.integer({ min: 1, max: 2 ** 31 }),
    track: fc.constant({ type: 'sort' }),
    sinks: fc.array(fc.record({ type: fc.constant('jsonl'), path: word }), { maxLength: 1 }),
  },
  { requiredKeys: ['source', 'model'] },
);
const credit = fc.record(
  {
    results: fc.oneof(fc.nat(1_000_000), fc.constant(1_000_000)),
    previews: fc.nat(1_000_000),
    received: u32,
    news: u32,
  },
  { requiredKeys: [] },
);
const open = fc.oneof(
  { weight: 1, arbitrary: fc.record({ resume: fc.stringMatching(/^[\w-]{22,64}$/), results: u32, news: u32 }) },
  {
    weight: 4,
    arbitrary: fc.record(
      { definition, faults: fc.constantFrom('end', 'tell'), preview: fc.record({ rate: number, maxSide: u32 }) },
      { requiredKeys: ['definition'] },
    ),
  },
);
const request = fc.oneof(
  { weight: 5, arbitrary: fc.record({ type: fc.constant('OPEN'), payload: open }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('SWAP'), payload: fc.record({ model }) }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('CREDIT'), payload: credit }) },
) as fc.Arbitrary<FuzzedRequest>;

/** That many requests, no two the same, all of which the schema takes. */
export function fuzzedRequests(count: number): FuzzedRequest[] {
  const distinct = new Map<string, FuzzedRequest>();
  for (let round = 0; distinct.size < count; round++) {
    for (const { type, payload } of fc.sample(request, { numRuns: count, seed: seed + round })) {
      if (v.safeParse(requestSchemas[type], JSON.parse(JSON.stringify(payload))).success) {
        distinct.set(JSON.stringify({ type, payload }), { type, payload });
      }
    }
  }
  return [...distinct.values()].slice(0, count);
}
