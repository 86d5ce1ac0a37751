import { ModelLoadError } from './error.js';

/** Protocol buffers, and ONNX files with them, end at 2 GiB − 1 bytes. */
export const maxModelBytes = 2 ** 31 - 1;

const remedy = 'Take a smaller model or variant, or one with quantised weights.';

/**
 * Refuses a file that no runtime could hold, before memory is asked for.
 * @throws {ModelLoadError} ERR_MODEL_LOAD with `details.reason` 'memory': more than {@link maxModelBytes}.
 */
export function requireModelFits(subject: string, bytes: number): void {
  if (bytes <= maxModelBytes) return;
  throw new ModelLoadError({
    subject,
    expected: 'a file of at most 2 GiB, as ONNX has it',
    received: `${(bytes / 2 ** 30).toFixed(1)} GiB`,
    remedy,
    details: { reason: 'memory', bytes, limit: maxModelBytes },
  });
}

/** True where an error of an engine, of Node or of ONNX Runtime says that there is not enough memory. */
export function isOutOfMemory(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ((error as { code?: string }).code === 'ERR_FS_FILE_TOO_LARGE') return true;
  return /bad_alloc|out of memory|\bOOM\b|failed to allocate|(array buffer|memory) allocation failed/i.test(
    error.message,
  );
}

/** What an error says of a model that fits the file format but not the memory, beside its subject and cause. */
export function memoryFault(cause: unknown): { received: string; remedy: string; details: { reason: 'memory' } } {
  const message = cause instanceof Error ? cause.message : String(cause);
  return {
    received: `one that needs more memory than there is (${message})`,
    remedy,
    details: { reason: 'memory' },
  };
}
