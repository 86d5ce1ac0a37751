// The package as a page has it, whose last pipeline can be asked for its figures from outside the application.
import { createPipeline as create, type Pipeline } from '../../../src/index.web.js';

export * from '../../../src/index.web.js';

declare global {
  var lastPipeline: Pipeline | undefined;
}

/** The same, noted down. */
export const createPipeline: typeof create = async (...given) => {
  globalThis.lastPipeline = await create(...given);
  return globalThis.lastPipeline;
};
