import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BridgeMessage, decodeMessage, encodeMessage, messageTypes } from '../../../src/bridge/message.js';
import { decodePreview, encodePreview } from '../../../src/bridge/preview-picture.js';
import { requestSchemas } from '../../../src/bridge/requests.js';
import { InvalidArgumentError, serializeError } from '../../../src/core/error.js';
import { parse } from '../../../src/core/parse.js';
import { seed } from '../../conformance/random-numbers.js';

const types = Object.keys(messageTypes) as BridgeMessage['type'][];
const u32 = fc.nat(0xffffffff);
const message: fc.Arbitrary<BridgeMessage> = fc.record({
  type: fc.constantFrom(...types),
  stream: u32,
  sequence: u32,
  time: fc.double({ noNaN: true, noDefaultInfinity: true }),
  payload: fc.oneof(fc.jsonValue(), fc.uint8Array({ minLength: 1, maxLength: 99 }), fc.constant(undefined)),
});

describe('a message', () => {
  it('has the bytes that the document says', () => {
    const bytes = encodeMessage({ type: 'CREDIT', stream: 5, sequence: 258, time: 1.5, payload: { results: 3 } });
    const hex = (from: number, to: number) => Buffer.from(bytes.subarray(from, to)).toString('hex');
    expect(hex(0, 4)).toBe('52415243');
    expect(hex(4, 8)).toBe('010a0100');
    expect(hex(8, 16)).toBe('0500000002010000');
    expect(hex(16, 24)).toBe('000000000000f83f');
    expect(hex(24, 32)).toBe('0d00000000000000');
    expect(new TextDecoder().decode(bytes.subarray(32))).toBe('{"results":3}');
  });

  it('has errors without a stack, however deep they are, and all else that has that name', () => {
    const deep = new Error('outer', { cause: new Error('middle', { cause: new Error('inner') }) });
    const error = serializeError(deep);
    expect(JSON.stringify(error).match(/"stack"/g)).toHaveLength(3);
    const payloads = {
      ERROR: { error },
      FAULT: { fault: { frame: 1, error }, missed: 0 },
      HEALTH: { health: { type: 'fallback', from: 'openvino', to: 'onnx-web', error }, missed: 0 },
      STATS: { stats: { counts: { stack: 3 } }, children: [{ id: 'a', error }] },
      CLOSED: { reason: 'failed', error },
    } as const;
    for (const [type, payload] of Object.entries(payloads) as [BridgeMessage['type'], object][]) {
      const told = decodeMessage(encodeMessage({ type, stream: 1, sequence: 1, time: 0, payload })).payload;
      const text = JSON.stringify(told);
      expect(text).not.toContain('message.test.ts');
      expect(text).toContain('inner');
      expect(text.includes('"stack":3')).toBe(type === 'STATS');
    }
    // The caller's own is as it was.
    expect(error.cause?.stack).toContain('message.test.ts');
  });

  it('comes out as it went in', () => {
    fc.assert(
      fc.property(message, (sent) => {
        const expected =
          sent.payload instanceof Uint8Array || sent.payload === undefined
            ? sent.payload
            : JSON.parse(JSON.stringify(sent.payload));
        expect(decodeMessage(encodeMessage(sent))).toEqual({ ...sent, payload: expected });
      }),
      { seed, numRuns: 2000 },
    );
  });

  it.each([
    ['magic', 0],
    ['version', 4],
    ['type', 5],
    ['flags', 7],
    ['payload length', 24],
    ['reserved', 28],
  ])('is refused for its %s', (field, at) => {
    const bytes = encodeMessage({ type: 'PING', stream: 0, sequence: 1, time: 0, payload: undefined });
    bytes[at] = 0xff;
    expect(() => decodeMessage(bytes)).toThrow(`for ${field} of a message`);
  });

  it('is read or refused, whatever the bytes', () => {
    const twisted = fc.tuple(message, fc.array(fc.tuple(fc.nat(120), fc.nat(255)), { maxLength: 4 }), fc.nat(200));
    let refused = 0;
    fc.assert(
      fc.property(twisted, ([sent, twists, cut]) => {
        const bytes = encodeMessage(sent);
        for (const [at, value] of twists) if (at < bytes.length) bytes[at] = value;
        try {
          const { type, payload } = decodeMessage(bytes.subarray(0, cut));
          if (Object.hasOwn(requestSchemas, type)) {
            parse(requestSchemas[type as keyof typeof requestSchemas], payload, 'payload');
          }
          if (type === 'PREVIEW') decodePreview(payload);
        } catch (error) {
          refused++;
          expect(error).toBeInstanceOf(InvalidArgumentError);
        }
      }),
      { seed, numRuns: 20_000 },
    );
    expect(refused).toBeGreaterThan(10_000);
  });
});

describe('a picture', () => {
  it('comes out as it went in', () => {
    const picture = {
      frame: 4_000_000_000,
      timestamp: 1e15,
      width: 4096,
      height: 65535,
      jpeg: new Uint8Array([1, 2, 3]),
    };
    expect(decodePreview(encodePreview(picture))).toEqual(picture);
    expect(() => decodePreview(new Uint8Array(16))).toThrow('payload of PREVIEW');
    expect(() => decodePreview({})).toThrow('no bytes');
  });
});
