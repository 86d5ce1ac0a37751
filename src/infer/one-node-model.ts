/** Element type and sizes of an input or output; a name or `null` in place of a size leaves the dimension free. */
export interface OneNodeValue {
  /** `TensorProto.DataType`; 1, float32, by default. */
  elementType?: number;
  shape: readonly (number | string | null)[];
}

/**
 * An ONNX model of one node, opset 13, from `x` to `y`.
 * Protocol buffer fields, in order: ir_version 8, graph { node, name, input, output }, opset_import { version 13 }.
 * @param operator one that takes a tensor and gives one, without attributes. @param output as the model says it is.
 * @source ONNX, onnx.proto3: ModelProto, GraphProto, NodeProto, ValueInfoProto.
 */
export function oneNodeModel(operator: string, input: OneNodeValue, output: OneNodeValue = input): Uint8Array {
  return Uint8Array.from(
    [
      varintField(1, 8),
      bytesField(7, [
        bytesField(1, [textField(1, 'x'), textField(2, 'y'), textField(4, operator)]),
        textField(2, 'g'),
        bytesField(11, valueInfo('x', input)),
        bytesField(12, valueInfo('y', output)),
      ]),
      bytesField(8, [varintField(2, 13)]),
    ].flat(),
  );
}

/**
 * The smallest model: one Identity node from `x` to `y`, float32 [1]. Opening it starts a runtime before a model of the
 * user's is touched, so that a fault of one is not blamed on the other.
 */
export const identityModel: Uint8Array = oneNodeModel('Identity', { shape: [1] });

// ValueInfoProto { name, type { tensor_type { elem_type, shape { dim { dim_value or dim_param } … } } } }
function valueInfo(name: string, { elementType = 1, shape }: OneNodeValue): number[][] {
  const dimensions = shape.map((size) => {
    if (size === null) return bytesField(1, []);
    return bytesField(1, [typeof size === 'number' ? varintField(1, size) : textField(2, size)]);
  });
  const tensor = bytesField(1, [varintField(1, elementType), bytesField(2, dimensions)]);
  return [textField(1, name), bytesField(2, [tensor])];
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(Math.floor(value / 128))];
}

function varintField(field: number, value: number): number[] {
  return [field << 3, ...varint(value)];
}

function bytesField(field: number, parts: number[][]): number[] {
  const content = parts.flat();
  return [(field << 3) | 2, ...varint(content.length), ...content];
}

function textField(field: number, text: string): number[] {
  return bytesField(field, [Array.from(text, (character) => character.charCodeAt(0))]);
}
