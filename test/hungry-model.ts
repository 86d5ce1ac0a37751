/**
 * A classifier of 8 × 8 px into three, which on the way makes a tensor of so many zeros and adds their sum: small as a
 * file, and as hungry as one likes when it runs. Opset 13: y = ReduceMean(x, axes 2, 3) + ReduceSum(ConstantOfShape(count)).
 */
export function hungryModel(count: number): Uint8Array {
  const shape = [...varintField(1, 1), ...varintField(2, 7), ...textField(8, 'shape'), ...bytesField(9, int64(count))];
  const axes = [...textField(1, 'axes'), ...varintField(8, 2), ...varintField(8, 3), ...varintField(20, 7)];
  const flat = [...textField(1, 'keepdims'), ...varintField(3, 0), ...varintField(20, 2)];
  const graph = [
    ...node('ConstantOfShape', ['shape'], 'zeros'),
    ...node('ReduceSum', ['zeros'], 'sum', flat),
    ...node('ReduceMean', ['x'], 'means', axes, flat),
    ...node('Add', ['means', 'sum'], 'y'),
    ...textField(2, 'g'),
    ...bytesField(5, shape),
    ...bytesField(11, tensor('x', [1, 3, 8, 8])),
    ...bytesField(12, tensor('y', [1, 3])),
  ];
  return Uint8Array.from([...varintField(1, 8), ...bytesField(7, graph), ...bytesField(8, varintField(2, 13))]);
}

/** More float32 than the 4 GiB of WebAssembly hold beside anything else; never filled, because there is no room. */
export const tooManyForWebAssembly = 1_073_000_000;

function node(type: string, inputs: string[], output: string, ...attributes: number[][]): number[] {
  const parts = [...inputs.flatMap((name) => textField(1, name)), ...textField(2, output), ...textField(4, type)];
  return bytesField(1, [...parts, ...attributes.flatMap((attribute) => bytesField(5, attribute))]);
}

function tensor(name: string, shape: number[]): number[] {
  const dimensions = shape.flatMap((size) => bytesField(1, varintField(1, size)));
  const type = bytesField(1, [...varintField(1, 1), ...bytesField(2, dimensions)]);
  return [...textField(1, name), ...bytesField(2, type)];
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))];
}

function varintField(field: number, value: number): number[] {
  return [...varint(field << 3), ...varint(value)];
}

function bytesField(field: number, content: number[]): number[] {
  return [...varint((field << 3) | 2), ...varint(content.length), ...content];
}

function textField(field: number, text: string): number[] {
  return bytesField(
    field,
    [...text].map((character) => character.charCodeAt(0)),
  );
}

function int64(value: number): number[] {
  const bytes = new DataView(new ArrayBuffer(8));
  bytes.setBigInt64(0, BigInt(value), true);
  return [...new Uint8Array(bytes.buffer)];
}
