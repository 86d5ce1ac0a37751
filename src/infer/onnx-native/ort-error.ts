/** A file and line of ONNX Runtime's source, the function there, and the status once more in words. */
const sourcePlace = /\/\S+\.(?:cc|h):\d+ [^\n]*?\[ONNXRuntimeError\] : \d+ : \w+ : /g;

/**
 * What a call of ONNX Runtime's C interface failed with: its own words and its own number, e.g. 7 for bytes that are
 * no protocol buffer. Becomes the cause of an error of this package.
 */
export class OrtError extends Error {
  static override readonly name = 'OrtError';
  /** `OrtErrorCode`. */
  readonly status: number;

  constructor(message: string, status: number) {
    // Without the places in its source, and the end of the sentence: it becomes part of another one.
    super(message.replace(sourcePlace, '').trim().replace(/\.+$/, ''));
    this.name = 'OrtError';
    this.status = status;
  }
}

/** `ORT_DEVICE_RESET`. */
const deviceReset = 15;

/**
 * True where an error says that the device behind a provider is gone for this process: CUDA's errors that stay (an
 * illegal address, a failed or timed-out launch, a device that fell off the bus), a removed device of Direct3D or
 * OpenVINO, an engine that ended.
 * @source CUDA Runtime API, cudaError_t: which errors leave the process "in an inconsistent state".
 */
export function isDeviceLost(error: unknown): boolean {
  if (!(error instanceof OrtError)) return false;
  if (error.status === deviceReset) return true;
  return /CUDA(?: error| failure)?[: ]+(?:700|702|709|710|714|715|716|717|718|719|999)\b|illegal memory access|unspecified launch failure|launch timed out|fell off the bus|device(?: was)? (?:removed|lost|hung)|DEVICE_?(?:LOST|REMOVED|HUNG)/i.test(
    error.message,
  );
}
