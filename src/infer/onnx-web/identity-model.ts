/**
 * The smallest model: one Identity node from `x` to `y`, float32 [1], opset 13. Opening it starts the WebAssembly
 * module of the runtime before a model of the user's is touched, so that a fault of one is not blamed on the other.
 * Protocol buffer fields, in order: ir_version 8, graph { node, name, input, output }, opset_import { version 13 }.
 * @source ONNX, onnx.proto3: ModelProto, GraphProto, NodeProto, ValueInfoProto.
 */
export const identityModel: Uint8Array = message([
  varintField(1, 8),
  bytesField(7, [
    bytesField(1, [textField(1, 'x'), textField(2, 'y'), textField(4, 'Identity')]),
    textField(2, 'g'),
    bytesField(11, valueInfo('x')),
    bytesField(12, valueInfo('y')),
  ]),
  bytesField(8, [varintField(2, 13)]),
]);

// ValueInfoProto { name, type { tensor_type { elem_type FLOAT, shape { dim { dim_value 1 } } } } }
function valueInfo(name: string): number[][] {
  const shape = bytesField(2, [bytesField(1, [varintField(1, 1)])]);
  return [textField(1, name), bytesField(2, [bytesField(1, [varintField(1, 1), shape])])];
}

function varintField(field: number, value: number): number[] {
  return [field << 3, value];
}

function bytesField(field: number, parts: number[][]): number[] {
  const content = parts.flat();
  return [(field << 3) | 2, content.length, ...content];
}

function textField(field: number, text: string): number[] {
  return bytesField(field, [Array.from(text, (character) => character.charCodeAt(0))]);
}

function message(parts: number[][]): Uint8Array {
  return Uint8Array.from(parts.flat());
}
