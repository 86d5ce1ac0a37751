/** Stable identifier of a failure. Callers match this, never the message or the class. */
export type ErrorCode =
  | 'ERR_ARGUMENT'
  | 'ERR_SHAPE'
  | 'ERR_CLOSED'
  | 'ERR_UNSUPPORTED'
  | 'ERR_MODEL_LOAD'
  | 'ERR_RUNTIME'
  | 'ERR_DEVICE_LOST'
  | 'ERR_KERNEL'
  | 'ERR_SOURCE'
  | 'ERR_SINK';

/** What an error says beside its code. `expected` and `received` are phrases; `remedy` is a sentence. */
export interface ErrorReport {
  /** The thing that was wrong, e.g. `model.json: variants[0].sha256`. */
  subject: string;
  expected: string;
  received: string;
  /** What to do next. */
  remedy?: string;
  /** Machine-readable facts; must survive a structured clone. */
  details?: Record<string, unknown>;
  cause?: unknown;
}

/** An error as plain data: what crosses a worker and what `--json` prints. */
export interface SerializedError {
  name: string;
  code: ErrorCode | string | undefined;
  message: string;
  subject?: string;
  expected?: string;
  received?: string;
  remedy?: string;
  details?: Record<string, unknown>;
  cause?: SerializedError;
  stack?: string;
}

/**
 * Base of all errors that this package throws on purpose. The message reads
 * `Expected <expected> for <subject>, got <received>. <remedy>`.
 */
export class ReflexarcError extends Error {
  readonly code: ErrorCode;
  readonly subject: string;
  readonly expected: string;
  readonly received: string;
  readonly remedy: string | undefined;
  readonly details: Record<string, unknown>;

  constructor(code: ErrorCode, report: ErrorReport) {
    const { subject, expected, received, remedy, details, cause } = report;
    super(
      `Expected ${expected} for ${subject}, got ${received}.${remedy ? ` ${remedy}` : ''}`,
      cause === undefined ? undefined : { cause },
    );
    // The classes say their names themselves: minifiers take away the ones in the code.
    this.name = new.target.name;
    this.code = code;
    this.subject = subject;
    this.expected = expected;
    this.received = received;
    this.remedy = remedy;
    this.details = details ?? {};
  }
}

/** The call is wrong; fix the call. */
export class InvalidArgumentError extends ReflexarcError {
  static override readonly name = 'InvalidArgumentError';

  constructor(report: ErrorReport) {
    super('ERR_ARGUMENT', report);
  }
}

/** A shape or size does not fit; fix the model or the spec. */
export class ShapeError extends ReflexarcError {
  static override readonly name = 'ShapeError';

  constructor(report: ErrorReport) {
    super('ERR_SHAPE', report);
  }
}

/** Something was used after `close()`; a lifetime bug. */
export class ClosedError extends ReflexarcError {
  static override readonly name = 'ClosedError';

  constructor(report: ErrorReport) {
    super('ERR_CLOSED', report);
  }
}

/** The thing asked for is not here; `details.supported` lists what is. */
export class UnsupportedError extends ReflexarcError {
  static override readonly name = 'UnsupportedError';

  constructor(report: ErrorReport) {
    super('ERR_UNSUPPORTED', report);
  }
}

/** A model or its bundle cannot be used: missing, damaged, not what its manifest says. */
export class ModelLoadError extends ReflexarcError {
  static override readonly name = 'ModelLoadError';

  constructor(report: ErrorReport) {
    super('ERR_MODEL_LOAD', report);
  }
}

/** The runtime failed during a run; `cause` is its own error. */
export class InferenceError extends ReflexarcError {
  static override readonly name = 'InferenceError';

  constructor(report: ErrorReport) {
    super('ERR_RUNTIME', report);
  }
}

/** The device or the worker behind a session is gone; re-create the session. */
export class DeviceLostError extends ReflexarcError {
  static override readonly name = 'DeviceLostError';

  constructor(report: ErrorReport) {
    super('ERR_DEVICE_LOST', report);
  }
}

/** A kernel refused its arguments; `details.status` is its status name. */
export class KernelError extends ReflexarcError {
  static override readonly name = 'KernelError';

  constructor(report: ErrorReport) {
    super('ERR_KERNEL', report);
  }
}

/** A source (camera, file, folder, recording) cannot be read. */
export class SourceError extends ReflexarcError {
  static override readonly name = 'SourceError';

  constructor(report: ErrorReport) {
    super('ERR_SOURCE', report);
  }
}

/** A response could not be delivered or written. */
export class SinkError extends ReflexarcError {
  static override readonly name = 'SinkError';

  constructor(report: ErrorReport) {
    super('ERR_SINK', report);
  }
}

const classes: Record<ErrorCode, new (report: ErrorReport) => ReflexarcError> = {
  ERR_ARGUMENT: InvalidArgumentError,
  ERR_SHAPE: ShapeError,
  ERR_CLOSED: ClosedError,
  ERR_UNSUPPORTED: UnsupportedError,
  ERR_MODEL_LOAD: ModelLoadError,
  ERR_RUNTIME: InferenceError,
  ERR_DEVICE_LOST: DeviceLostError,
  ERR_KERNEL: KernelError,
  ERR_SOURCE: SourceError,
  ERR_SINK: SinkError,
};

/** Turns any thrown value into plain data that survives a structured clone and JSON. */
export function serializeError(error: unknown): SerializedError {
  if (!(error instanceof Error)) return { name: 'Error', code: undefined, message: String(error) };
  const base: SerializedError = {
    name: error.name,
    code: (error as { code?: string }).code,
    message: error.message,
    stack: error.stack,
  };
  if (error.cause !== undefined) base.cause = serializeError(error.cause);
  if (error instanceof ReflexarcError) {
    const { subject, expected, received, remedy, details } = error;
    Object.assign(base, { subject, expected, received, details });
    if (remedy !== undefined) base.remedy = remedy;
  }
  return base;
}

/** Re-creates an error, with its class, from {@link serializeError}'s data. */
export function deserializeError(data: SerializedError): Error {
  const cause = data.cause && deserializeError(data.cause);
  const construct = classes[data.code as ErrorCode];
  if (construct && data.subject !== undefined && data.expected !== undefined && data.received !== undefined) {
    const error = new construct({
      subject: data.subject,
      expected: data.expected,
      received: data.received,
      remedy: data.remedy,
      details: data.details,
      cause,
    });
    if (data.stack) error.stack = data.stack;
    return error;
  }
  const error =
    data.name === 'AbortError' || data.name === 'TimeoutError'
      ? new DOMException(data.message, data.name)
      : new Error(data.message, cause ? { cause } : undefined);
  if (!(error instanceof DOMException)) error.name = data.name;
  if (data.code !== undefined && !(error instanceof DOMException)) Object.assign(error, { code: data.code });
  return error;
}
