import type sharpModule from 'sharp';
import { UnsupportedError } from './error.js';

/** The picture library, an optional peer. */
export type Sharp = typeof sharpModule;

/**
 * Loads sharp, when a picture is first read or written.
 * @param what What it is needed for, e.g. `reading pictures`.
 * @throws {UnsupportedError} ERR_UNSUPPORTED when it is not installed, with the remedy.
 */
export async function loadSharp(what: string, load: () => Promise<{ default: Sharp }> = importSharp): Promise<Sharp> {
  try {
    return (await load()).default;
  } catch (cause) {
    const message = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    throw new UnsupportedError({
      subject: what,
      expected: 'the package sharp',
      received: `none that loads (${message})`,
      remedy: 'Install it beside reflexarc: npm install sharp',
      details: { supported: [] },
      cause,
    });
  }
}

// A name in a variable: bundlers leave an optional peer alone.
function importSharp(): Promise<{ default: Sharp }> {
  const name = 'sharp';
  return import(name);
}
