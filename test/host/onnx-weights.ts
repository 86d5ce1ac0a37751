// Just enough of protobuf to find the weights of an ONNX file, in place.

const modelGraph = 7;
const graphInitializer = 5;
const tensorRawData = 9;

/**
 * Shuffles every weight tensor of an ONNX model by a seeded permutation of its 4-byte elements. Sizes stay, so the
 * file stays well-formed. Returns how many tensors were shuffled.
 */
export function shuffleWeights(model: Uint8Array, seed: number): number {
  let state = seed >>> 0;
  const random = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  let tensors = 0;
  for (const graph of fields(model, modelGraph)) {
    for (const initializer of fields(graph, graphInitializer)) {
      for (const raw of fields(initializer, tensorRawData)) {
        const count = raw.byteLength >> 2;
        if (count < 2) continue;
        tensors++;
        for (let i = count - 1; i > 0; i--) {
          const j = random(i + 1);
          for (let b = 0; b < 4; b++) {
            [raw[4 * i + b], raw[4 * j + b]] = [raw[4 * j + b], raw[4 * i + b]];
          }
        }
      }
    }
  }
  return tensors;
}

// Views of the length-delimited fields with a number, in a message.
function* fields(message: Uint8Array, wanted: number): Generator<Uint8Array> {
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = message[at++];
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.byteLength) {
    const tag = varint();
    const wireType = tag & 7;
    if (wireType === 0) varint();
    else if (wireType === 1) at += 8;
    else if (wireType === 5) at += 4;
    else {
      const length = varint();
      if (Math.floor(tag / 8) === wanted) yield message.subarray(at, at + length);
      at += length;
    }
  }
}
