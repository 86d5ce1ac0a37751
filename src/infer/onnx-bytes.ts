/** What a file that should be an ONNX model looks like instead, and what to do about it. */
export interface ModelBytesFault {
  received: string;
  remedy: string;
}

const download = 'Download or copy the file again and compare its size and sha256 with the original.';

/** Beginnings of files that are often handed over in place of a model. `at` is the offset of the mark. */
const marks: readonly { at: number; mark: string; received: string; remedy: string }[] = [
  {
    at: 0,
    mark: 'version https://git-lfs',
    received: 'a Git LFS pointer, not the file it points to',
    remedy: 'Run `git lfs pull` in the repository that it came from.',
  },
  { at: 0, mark: '\x89PNG', received: 'a PNG picture', remedy: 'Give the picture as the source, not as the model.' },
  {
    at: 0,
    mark: '\xff\xd8\xff',
    received: 'a JPEG picture',
    remedy: 'Give the picture as the source, not as the model.',
  },
  {
    at: 0,
    mark: 'PK\x03\x04',
    received: 'a ZIP archive',
    remedy: 'Unpack it, or export the model to ONNX if it is a PyTorch checkpoint.',
  },
  { at: 0, mark: '\x1f\x8b', received: 'a gzip archive', remedy: 'Unpack it first.' },
  {
    at: 4,
    mark: 'TFL3',
    received: 'a TensorFlow Lite model',
    remedy: 'Export the model to ONNX, or run it on openvino.',
  },
  {
    at: 4,
    mark: 'ORTM',
    received: 'a model in ONNX Runtime format',
    remedy: 'Use the .onnx file that it was made from.',
  },
];

function startsWith(bytes: Uint8Array, at: number, mark: string): boolean {
  if (bytes.byteLength < at + mark.length) return false;
  for (let i = 0; i < mark.length; i++) if (bytes[at + i] !== mark.charCodeAt(i)) return false;
  return true;
}

/**
 * Recognises bytes that are certainly no ONNX model: nothing at all, a web page, a pointer, a picture, another format.
 * @returns `undefined` where only the runtime can tell.
 */
export function findModelBytesFault(bytes: Uint8Array): ModelBytesFault | undefined {
  if (bytes.byteLength === 0) return { received: 'an empty file', remedy: download };
  for (const { at, mark, received, remedy } of marks) {
    if (startsWith(bytes, at, mark)) return { received, remedy };
  }
  if (/<net\s/.test(String.fromCharCode(...bytes.subarray(0, 256)))) {
    return { received: "a model in OpenVINO's IR", remedy: 'Use the ONNX file, or run it on openvino.' };
  }
  // A page sent in place of a file begins with a tag, perhaps after white space or a byte order mark.
  let first = startsWith(bytes, 0, '\xef\xbb\xbf') ? 3 : 0;
  while (first < bytes.byteLength && bytes[first]! <= 0x20) first++;
  const tag = /^<(!doctype|html|\?xml|head|body)/i;
  if (tag.test(String.fromCharCode(...bytes.subarray(first, first + 16)))) {
    return { received: 'a web page (HTML or XML)', remedy: 'Download the raw file, not the page that shows it.' };
  }
  return undefined;
}

/**
 * Puts the refusal of ONNX Runtime into words.
 * @param bytes the model. @param message the runtime's own message. @param runtime what refused it.
 */
export function explainRefusal(bytes: Uint8Array, message: string, runtime: string): ModelBytesFault {
  const custom = /(\S+) is not a registered function\/op/.exec(message);
  if (custom) {
    return {
      received: `one with the custom operator ${custom[1]}`,
      remedy: 'Export the model with standard ONNX operators only; custom operator libraries cannot be loaded here.',
    };
  }
  if (/protobuf parsing failed|No graph was found/i.test(message)) {
    const head = Array.from(bytes.subarray(0, 8), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
    return {
      received: `${bytes.byteLength} bytes that are no complete ONNX file (they begin with ${head})`,
      remedy: download,
    };
  }
  const reason = /ERROR_MESSAGE:\s*(.*)/s.exec(message)?.[1] ?? message;
  return {
    received: `one that ${runtime} refuses: ${reason.trim()}`,
    remedy: 'Check the model with `onnx.checker` and export it with an opset that this runtime knows.',
  };
}
