import { ReflexarcError, SourceError, UnsupportedError } from '../core/error.js';

/** Why a camera or screen cannot be had, in one word for programs: `details.reason` of the error. */
export type MediaFailure =
  | 'permission'
  | 'missing'
  | 'in-use'
  | 'constraint'
  | 'insecure'
  | 'gesture'
  | 'unplugged'
  | 'unreadable'
  | 'unsupported';

interface Phrases {
  reason: MediaFailure;
  expected: string;
  received: string;
  remedy: string;
}

type Kind = 'camera' | 'screen';

const phrases: Readonly<Record<string, (kind: Kind) => Phrases>> = {
  NotAllowedError: (kind) => ({
    reason: 'permission',
    expected: 'permission',
    received: 'a refusal',
    remedy:
      kind === 'camera'
        ? "Allow the camera for this site in the browser's site settings, and in the system's privacy settings."
        : 'Pick a screen, window or tab when the browser asks.',
  }),
  NotFoundError: (kind) => ({
    reason: 'missing',
    expected: 'one on this machine',
    received: 'none',
    remedy: `Plug in a ${kind} and try again.`,
  }),
  NotReadableError: (kind) => ({
    reason: 'in-use',
    expected: 'one that can be started',
    received: 'one that is in use or does not answer',
    remedy: `Close the program that uses the ${kind}, or plug it in again.`,
  }),
  InvalidStateError: () => ({
    reason: 'gesture',
    expected: 'a click or a key just before',
    received: 'none',
    remedy: 'Browsers show the picker only in answer to a click.',
  }),
  TypeError: (kind) => ({
    reason: 'constraint',
    expected: 'settings that the browser understands',
    received: 'others',
    remedy: `See the settings of the ${kind} in the definition.`,
  }),
};
// Names that say the same.
const synonyms: Readonly<Record<string, string>> = {
  AbortError: 'NotReadableError',
  SecurityError: 'NotAllowedError',
  PermissionDeniedError: 'NotAllowedError',
  DevicesNotFoundError: 'NotFoundError',
};

/**
 * Turns what `getUserMedia` or `getDisplayMedia` threw into the one error that a user sees; `details.reason` says in
 * one word why ({@link MediaFailure}). Our own errors pass as they are.
 * @param asked what was asked for exactly, by the constraint's name.
 */
export function mediaFailure(kind: Kind, cause: unknown, asked: Readonly<Record<string, unknown>> = {}): unknown {
  if (cause instanceof ReflexarcError) return cause;
  const { name = 'Error', message = '', constraint } = cause as Partial<OverconstrainedError>;
  if (name === 'OverconstrainedError') return overconstrained(kind, constraint ?? '', asked, cause);
  const known = phrases[synonyms[name] ?? name]?.(kind);
  const said = message.replace(/\.$/, '');
  const { reason, ...words } = known ?? {
    reason: 'unreadable' as const,
    expected: 'one that opens',
    received: name,
    remedy: `Try another ${kind}.`,
  };
  return new SourceError({
    subject: kind,
    ...words,
    received: said ? `${words.received} ("${said}")` : words.received,
    details: { reason },
    cause,
  });
}

function overconstrained(
  kind: Kind,
  constraint: string,
  asked: Readonly<Record<string, unknown>>,
  cause: unknown,
): SourceError {
  const value = asked[constraint];
  const subject = constraint ? `${kind}: ${constraint}` : kind;
  const all = Object.entries(asked).map(([name, each]) => `${name} ${each}`);
  return new SourceError({
    subject,
    expected: value === undefined ? all.join(', ') || 'what was asked for' : String(value),
    received: `no ${kind} that has it`,
    remedy: `Leave ${constraint || 'it'} out, or ask listCameras() for what there is.`,
    details: { reason: 'constraint', constraint },
    cause,
  });
}

/** The error of a page whose browser hides cameras and screens from it. */
export function noMediaDevices(kind: Kind): UnsupportedError {
  if (!globalThis.isSecureContext) {
    return new UnsupportedError({
      subject: kind,
      expected: 'a secure page (https, or localhost)',
      received: globalThis.location?.origin ?? 'an insecure one',
      remedy: 'Serve the page over https, or open it from localhost.',
      details: { reason: 'insecure' },
    });
  }
  return new UnsupportedError({
    subject: kind,
    expected: kind === 'camera' ? 'a browser with getUserMedia' : 'a browser with getDisplayMedia',
    received: 'one without',
    remedy: 'Open the page in another browser.',
    details: { reason: 'unsupported' },
  });
}
