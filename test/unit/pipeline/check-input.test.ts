import { parse } from 'valibot';
import { describe, expect, it } from 'vitest';
import { type PreprocessSpecInput, preprocessSpecSchema } from '../../../src/core/preprocess-spec.js';
import { checkInput } from '../../../src/pipeline/check-input.js';

const spec = (input: Partial<PreprocessSpecInput>) => parse(preprocessSpecSchema, { width: 96, height: 64, ...input });
const input = { name: 'images', dataType: 'float32' as const, shape: [1, 3, 64, 96] };

describe('checkInput', () => {
  it('takes preprocessing that makes what the model takes', () => {
    checkInput(spec({}), input);
    const quantization = { scale: 0.5, zeroPoint: 1 };
    checkInput(spec({ dataType: 'int8', quantization }), { ...input, dataType: 'int8' });
    checkInput(spec({ colorOrder: 'gray' }), { ...input, shape: [1, 1, 64, 96] });
    checkInput(spec({ layout: 'nhwc', dataType: 'uint8' }), { ...input, dataType: 'uint8', shape: [1, 64, 96, 3] });
  });

  it.each([
    ['another size', spec({ width: 64 }), '[1, 3, 64, 64]'],
    ['width for height', spec({ width: 64, height: 96 }), '[1, 3, 96, 64]'],
    ['another layout', spec({ layout: 'nhwc' }), '[1, 64, 96, 3]'],
    ['gray for colours', spec({ colorOrder: 'gray' }), '[1, 1, 64, 96]'],
    ['whole numbers', spec({ dataType: 'int8', quantization: { scale: 1, zeroPoint: 0 } }), 'int8'],
    ['another type', spec({ dataType: 'float16' }), 'float16'],
  ])('refuses %s, and says both', (_, preprocess, received) => {
    expect(() => checkInput(preprocess, input)).toThrow(
      expect.objectContaining({
        code: 'ERR_SHAPE',
        expected: 'float32 [1, 3, 64, 96]',
        received: expect.stringContaining(received),
      }),
    );
  });
});
