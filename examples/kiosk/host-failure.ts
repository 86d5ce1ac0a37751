import type { SerializedError } from 'reflexarc';
import type { Failure } from './failure.js';

/** What a failure means where the pipeline was to run on a host; nothing where it means the same as elsewhere. */
export function explainHost(error: SerializedError): Failure | undefined {
  const { code, details, subject = '', received, expected = '', remedy } = error;
  switch (details?.reason) {
    case 'connection':
      return noHost;
    case 'token':
      return received === 'none' ? noToken : staleToken;
    case 'not-in-store':
      return {
        title: 'The host does not have this model',
        text: `${remedy ?? received}`,
        actions: ['built-in', 'source'],
      };
  }
  if (code === 'ERR_UNSUPPORTED' && subject.endsWith('model.type')) return ownModel;
  if (code === 'ERR_ARGUMENT' && subject.endsWith('source.deviceId')) {
    return {
      title: 'The host has no such camera',
      text: `Here is ${expected}. Asked for: ${received}.`,
      actions: ['source', 'synthetic'],
    };
  }
  if (code === 'ERR_UNSUPPORTED' || code === 'ERR_RUNTIME' || code === 'ERR_MODEL_LOAD') {
    return {
      title: 'The host cannot run it that way',
      text: subject === '' ? error.message : `${subject}: ${received}`,
      remedy,
      actions: ['source', 'retry', 'synthetic'],
    };
  }
  return undefined;
}

const noHost: Failure = {
  title: 'The host does not answer',
  text: 'This page was to show what a host on this machine sees, and there is none, or it was stopped.',
  remedy: 'Start it with reflexarc host, and open the address that it prints.',
  actions: ['retry', 'source', 'synthetic'],
};

const noToken: Failure = {
  title: 'This page has no key to the host',
  text: 'A host gives its key to the page that it opens, in the address. This page was opened without one.',
  remedy: 'Open the address that reflexarc host has printed, or let it open the page itself: --open.',
  actions: ['source', 'synthetic'],
};

const staleToken: Failure = {
  title: 'The host was started anew',
  text: 'Each start of a host has a key of its own, and this page has that of an earlier one.',
  remedy: 'Open the address that reflexarc host has printed, in this tab or another. With --open it does so itself.',
  actions: ['source', 'synthetic'],
};

const ownModel: Failure = {
  title: 'A host runs models of its own store only',
  text: 'A file that was dropped on this page cannot be sent to it.',
  remedy:
    'Add the model on the host, as a bundle: reflexarc store add. Or look at another source with it, in this page.',
  actions: ['built-in', 'source', 'synthetic'],
};
