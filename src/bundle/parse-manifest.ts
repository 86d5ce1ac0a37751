import { ModelLoadError } from '../core/error.js';
import { type Manifest, manifestSchema } from '../core/manifest.js';
import { parse } from '../core/parse.js';

/** A file that a manifest names, with what it must be. */
export interface FileEntry {
  /** Relative to the bundle. */
  path: string;
  bytes: number;
  sha256: string;
}

/** Reads a `model.json`. @param subject what errors call it. @throws {ModelLoadError} ERR_MODEL_LOAD no JSON, or no manifest. */
export function parseManifest(bytes: Uint8Array, subject: string): Manifest {
  let data: unknown;
  try {
    data = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new ModelLoadError({ subject, expected: 'JSON', received: (cause as Error).message, cause });
  }
  return parse(manifestSchema, data, subject, (report) => new ModelLoadError(report));
}

/** Every file of every variant in the manifest's order, those that variants share as often as they are named. */
export function manifestFiles({ variants }: Manifest): FileEntry[] {
  return variants.flatMap((variant) => [
    variant,
    ...(variant.weights ? [variant.weights] : []),
    variant.golden.input,
    ...variant.golden.outputs,
  ]);
}
