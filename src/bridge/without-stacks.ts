/**
 * For `JSON.stringify`: leaves out the `stack` of every `SerializedError`, however deep it is, since it names paths of the machine.
 */
export function withoutStacks(this: unknown, key: string, value: unknown): unknown {
  // A label or a sink may have that name; an error has a message beside it.
  const ofError = key === 'stack' && typeof (this as { message?: unknown }).message === 'string';
  return ofError && (value === undefined || typeof value === 'string') ? undefined : value;
}
