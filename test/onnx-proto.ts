/** A field of a protobuf message: its number and its value. ONNX's tensors and nodes use these wire types. */
type Field = { number: number; varint: bigint } | { number: number; bytes: Uint8Array };

/** A tensor of an ONNX file: its shape and its numbers. */
export interface OnnxTensor {
  shape: number[];
  values: number[];
}

function readVarint(bytes: Uint8Array, start: number): { value: bigint; end: number } {
  let value = 0n;
  for (let end = start; ; ) {
    const byte = bytes[end++];
    value |= BigInt(byte & 127) << BigInt(7 * (end - start - 1));
    if (byte < 128) return { value, end };
  }
}

function readFields(message: Uint8Array): Field[] {
  const fields: Field[] = [];
  for (let at = 0; at < message.byteLength; ) {
    const { value: key, end: start } = readVarint(message, at);
    const [number, wireType] = [Number(key >> 3n), Number(key & 7n)];
    if (wireType === 0) {
      const { value, end } = readVarint(message, start);
      fields.push({ number, varint: value });
      at = end;
    } else if (wireType === 2) {
      const { value, end } = readVarint(message, start);
      at = end + Number(value);
      fields.push({ number, bytes: message.subarray(end, at) });
    } else if (wireType === 5) {
      at = start + 4;
      fields.push({ number, bytes: message.subarray(start, at) });
    } else {
      throw new Error(`protobuf wire type ${wireType} is not read here`);
    }
  }
  return fields;
}

function bytesOf(message: Uint8Array, number: number): Uint8Array[] {
  return readFields(message).flatMap((field) => (field.number === number && 'bytes' in field ? [field.bytes] : []));
}

/** Whole numbers of a field, packed or one by one. */
function integersOf(message: Uint8Array, number: number): bigint[] {
  return readFields(message).flatMap((field) => {
    if (field.number !== number) return [];
    if ('varint' in field) return [field.varint];
    const values: bigint[] = [];
    for (let at = 0; at < field.bytes.byteLength; ) {
      const { value, end } = readVarint(field.bytes, at);
      values.push(value);
      at = end;
    }
    return values;
  });
}

/** Reads a TensorProto of data type float (1) or int64 (7), raw or not. */
export function readOnnxTensor(file: Uint8Array): OnnxTensor {
  const shape = integersOf(file, 1).map(Number);
  const [type] = integersOf(file, 2).map(Number);
  const [raw] = bytesOf(file, 9);
  if (type === 1) {
    const bytes = raw ?? Buffer.concat(bytesOf(file, 4));
    return { shape, values: Array.from(new Float32Array(Uint8Array.from(bytes).buffer)) };
  }
  if (type !== 7) throw new Error(`ONNX data type ${type} is not read here`);
  const values = raw ? Array.from(new BigInt64Array(Uint8Array.from(raw).buffer)) : integersOf(file, 7);
  return { shape, values: values.map((value) => Number(BigInt.asIntN(64, value))) };
}

/** The first node of a ModelProto: names of its inputs, '' where one is left out, and its attributes by name. */
export interface OnnxNode {
  inputs: string[];
  numbers: Record<string, number>;
  lists: Record<string, number[]>;
  texts: Record<string, string>;
}

/** Reads the first node of a ModelProto: attributes of type float, int, string and ints. */
export function readOnnxNode(model: Uint8Array): OnnxNode {
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  const [graph] = bytesOf(model, 7);
  const [node] = bytesOf(graph, 1);
  const read: OnnxNode = { inputs: bytesOf(node, 1).map(text), numbers: {}, lists: {}, texts: {} };
  for (const attribute of bytesOf(node, 5)) {
    const name = text(bytesOf(attribute, 1)[0]);
    const [float] = bytesOf(attribute, 2);
    const [string] = bytesOf(attribute, 4);
    const list = integersOf(attribute, 8).map(Number);
    if (list.length) read.lists[name] = list;
    else if (string) read.texts[name] = text(string);
    else if (float) [read.numbers[name]] = new Float32Array(Uint8Array.from(float).buffer);
    else read.numbers[name] = Number(integersOf(attribute, 3)[0] ?? 0n);
  }
  return read;
}

/** Whole-number attributes of the first node of a ModelProto, by name. */
export function readOnnxNodeAttributes(model: Uint8Array): Record<string, number> {
  return readOnnxNode(model).numbers;
}
