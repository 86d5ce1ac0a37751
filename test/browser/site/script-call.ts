/// <reference types="vite/client" />
import { type SerializedError, serializeError } from '../../../src/core/error.js';

/** Which function to call, and with what: plain data. */
export interface ScriptCall {
  /** Name of a file in `scripts/`, without its ending. */
  script: string;
  /** Name of a function that it exports. */
  name: string;
  args: unknown[];
}

/** What came of a call. */
export type ScriptAnswer = { value: unknown } | { error: SerializedError };

type Script = Record<string, (...args: unknown[]) => unknown>;

const scripts = import.meta.glob<Script>('./scripts/*.ts');

/** Calls a function of a script in this page or worker. Never throws. */
export async function callScript({ script, name, args }: ScriptCall): Promise<ScriptAnswer> {
  try {
    const load = scripts[`./scripts/${script}.ts`];
    if (!load) throw new Error(`there is no test/browser/site/scripts/${script}.ts`);
    const call = (await load())[name];
    if (!call) throw new Error(`scripts/${script}.ts exports no ${name}`);
    return { value: await call(...args) };
  } catch (error) {
    return { error: serializeError(error) };
  }
}
