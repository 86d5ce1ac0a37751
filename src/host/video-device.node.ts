import { InvalidArgumentError } from '../core/error.js';
import type { CameraDeclaration } from './cameras.node.js';

/** Declares a video device of the machine. */
export function declareVideoDevice(_name: string, path: string, _options: object): CameraDeclaration {
  throw new InvalidArgumentError({ subject: path, expected: 'x', received: 'y' });
}
