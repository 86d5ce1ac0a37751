import type { SerializedError } from 'reflexarc';
import { explainHost } from './host-failure.js';
import type { Settings } from './settings.js';

/** What a person at the kiosk can do about it. */
export type Action = 'retry' | 'source' | 'model' | 'synthetic' | 'built-in' | 'wasm' | 'reload';

/** A failure in the words of the person at the kiosk. */
export interface Failure {
  title: string;
  text: string;
  remedy?: string;
  /** The most helpful first. */
  actions: Action[];
}

/**
 * Says what a failure means here and what to do. The codes are stable; what the browser said is found among the causes.
 * @param error An error as data, from `serializeError`.
 * @param source What was to be looked at: the same reason means another thing of a camera than of a file.
 */
export function explain(error: SerializedError, source: Settings['source']): Failure {
  const { code, message, received = message, subject, remedy, details, cause } = error;
  // Where several were tried, the last one is what the settings come down to.
  if (details?.tried && cause) return explain(cause, source);
  const ofHost = source === 'host' ? explainHost(error) : undefined;
  if (ofHost) return ofHost;
  const chain = causesOf(error);
  if (chain.some(({ name }) => name === 'EncodingError')) return unreadableFile;
  if (details?.reason === 'memory') {
    return { ...modelTooLarge, text: sentence(subject === undefined ? message : `${subject}: ${received}`) };
  }
  if (details?.reason === 'too-large') return tooLarge(error, source);
  const known = (source === 'camera' ? cameraFailures : otherFailures)[String(details?.reason)];
  if (known && (code === 'ERR_SOURCE' || code === 'ERR_UNSUPPORTED')) return known;
  switch (code) {
    case 'ERR_SOURCE':
      return {
        title: 'No picture from the source',
        text: sentence(message),
        actions: ['retry', 'source', 'synthetic'],
      };
    case 'ERR_MODEL_LOAD':
    case 'ERR_SHAPE':
      return {
        title: 'The model was refused',
        text: sentence(subject === undefined ? message : `${subject}: ${received}`),
        remedy: remedy ?? 'Check that the file is a whole ONNX model and that its kind is the right one.',
        actions: ['model', 'built-in', 'retry'],
      };
    case 'ERR_UNSUPPORTED':
      if (details?.reason === 'gpu') return noWebGpu;
      if (subject === 'onnx-web' || subject?.startsWith('execution provider ')) return brokenPart(error);
      return { title: 'Not possible here', text: sentence(message), actions: ['wasm', 'source', 'model'] };
    case 'ERR_DEVICE_LOST':
      return {
        title: 'The worker is gone or could not start',
        text: sentence(received),
        remedy: remedy ?? 'Start again.',
        actions: ['retry', 'reload'],
      };
    case 'ERR_KERNEL':
    case 'ERR_RUNTIME':
      return brokenPart(error);
    case 'ERR_ARGUMENT':
      return { title: 'A setting does not fit', text: sentence(message), actions: ['source', 'model'] };
    default:
      return { title: 'It did not work', text: sentence(message), remedy, actions: ['retry', 'source'] };
  }
}

/** The error with all its causes, one per line. */
export function technicalText(error: SerializedError): string {
  return causesOf(error)
    .map(({ name, code, message }) => `${name}${code ? ` ${code}` : ''}: ${message}`)
    .join('\ncaused by ');
}

function brokenPart({ message, subject, received = message, remedy }: SerializedError): Failure {
  return {
    title: 'A part of the program is missing or failed',
    text: sentence(subject === undefined ? message : `${subject}: ${received}`),
    remedy,
    actions: ['retry', 'reload', 'built-in'],
  };
}

const unreadableFile: Failure = {
  title: 'This file cannot be shown',
  text: 'The browser does not know its format, or the file is damaged.',
  remedy: 'Take a JPEG, PNG or WebP picture, or an MP4 or WebM video.',
  actions: ['source', 'synthetic'],
};

const modelTooLarge: Omit<Failure, 'text'> = {
  title: 'The model is too large',
  remedy: 'Take a smaller model, or one with quantised weights.',
  actions: ['model', 'built-in'],
};

const noWebGpu: Failure = {
  title: 'No WebGPU here',
  text: 'This browser offers web pages no graphics processor, and the settings allow nothing else.',
  remedy: 'Run on the processor instead, or update the browser and the graphics driver.',
  actions: ['wasm', 'source'],
};

const olderBrowser: Omit<Failure, 'text'> = {
  title: 'This browser gives no pictures',
  remedy: 'Open the page in a newer browser.',
  actions: ['synthetic'],
};

/** Of a camera, by the reason that its error gives in its details. */
const cameraFailures: Partial<Record<string, Failure>> = {
  permission: {
    title: 'The camera is not allowed',
    text: 'The browser was told not to give this page a camera, now or some time before.',
    remedy: 'Allow the camera for this page beside the address or in the settings of the browser, then try again.',
    actions: ['retry', 'synthetic'],
  },
  insecure: {
    title: 'The camera is not allowed',
    text: 'Cameras are open only to pages that come over https or from this device.',
    remedy: 'Open the page over https, or at 127.0.0.1.',
    actions: ['synthetic', 'source'],
  },
  missing: {
    title: 'No camera found',
    text: 'The browser knows of no camera on this device.',
    remedy: 'Connect one, or choose another source.',
    actions: ['retry', 'source', 'synthetic'],
  },
  constraint: {
    title: 'The camera cannot do that',
    text: 'It has no such size or rate, or the chosen camera is not connected.',
    remedy: 'Choose another size and rate, or Automatic for both.',
    actions: ['source', 'synthetic'],
  },
  'in-use': {
    title: 'The camera is busy',
    text: 'Another program uses it, or it does not answer.',
    remedy: 'Close the other program or connect the camera anew, then try again.',
    actions: ['retry', 'source'],
  },
  unplugged: {
    title: 'The camera is gone',
    text: 'It was disconnected while it was in use.',
    remedy: 'Connect it again. Opened with autostart, this page then goes on by itself.',
    actions: ['retry', 'source', 'synthetic'],
  },
  unreadable: {
    title: 'The camera does not work',
    text: 'It was found and is allowed, but the browser gets no picture from it.',
    remedy: 'Connect it anew, or choose another one.',
    actions: ['retry', 'source', 'synthetic'],
  },
  unsupported: { ...olderBrowser, text: 'It lacks what a page needs to read a camera.' },
};

/** Of any other source. */
const otherFailures: Partial<Record<string, Failure>> = {
  insecure: {
    title: 'This page gets no pictures',
    text: 'Browsers let only pages that come over https or from this device read the pixels of pictures and videos.',
    remedy: 'Open the page over https, or at 127.0.0.1.',
    actions: ['synthetic', 'source'],
  },
  unreadable: unreadableFile,
  'no-picture': {
    title: 'This file has no picture',
    text: 'It holds sound alone, or a picture that this browser cannot decode.',
    remedy: 'Take a picture, or an MP4 or WebM video with one.',
    actions: ['source', 'synthetic'],
  },
  unsupported: { ...olderBrowser, text: 'It lacks what a page needs to read pictures and videos.' },
};

/** What does not fit, and how much would: an error that knows the true limit says it, be it of a side or of memory. */
function tooLarge({ expected, received = '' }: SerializedError, source: Settings['source']): Failure {
  return {
    title: 'The picture is too large',
    text: sentence(`This page holds ${expected ?? 'less'}; here it is ${received}`),
    remedy: source === 'file' ? 'Take a smaller picture, or a part of it.' : 'Choose a smaller size.',
    actions: ['source', 'synthetic'],
  };
}

function causesOf(error: SerializedError): SerializedError[] {
  const chain: SerializedError[] = [];
  for (let at: SerializedError | undefined = error; at && chain.length < 8; at = at.cause) chain.push(at);
  return chain;
}

function sentence(text: string): string {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}
