import { ModelLoadError } from '../core/error.js';
import type { Manifest, ModelVariant } from '../core/manifest.js';
import { isOutOfMemory, memoryFault, requireModelFits } from '../core/model-limits.js';
import { bytesPerElement, elementCount } from '../core/tensor.js';
import type { BundleFiles } from './bundle-files.js';
import { type FileEntry, manifestFiles, parseManifest } from './parse-manifest.js';
import { sha256 } from './sha256.js';

/** A bundle whose every file was read and found to be what the manifest says. */
export interface Bundle {
  manifest: Manifest;
  variant: ModelVariant;
  weights: Uint8Array;
  /** The second file of a model that has two: the `.bin` of OpenVINO's IR. */
  binary?: Uint8Array;
  /** Raw pixels of the golden input, and raw elements of the outputs expected for it. */
  goldenInput: Uint8Array;
  goldenOutputs: Uint8Array[];
}

/**
 * Reads a bundle and checks it: schema, size and sha256 of every file of every variant, sizes of the golden sample.
 * @param variantId the variant wanted; the first one by default.
 * @throws {ModelLoadError} ERR_MODEL_LOAD naming the file and what is wrong with it.
 */
export async function readBundle(files: BundleFiles, variantId?: string): Promise<Bundle> {
  const manifest = await readManifest(files);
  const variant = variantId === undefined ? manifest.variants[0] : manifest.variants.find((v) => v.id === variantId);
  if (!variant) {
    throw new ModelLoadError({
      subject: `variant of ${files.location}`,
      expected: `one of ${manifest.variants.map((v) => v.id).join(', ')}`,
      received: String(variantId),
      remedy: 'Name a variant that the manifest lists.',
    });
  }
  const contents = new Map<string, Uint8Array>();
  for (const entry of manifestFiles(manifest)) {
    if (!contents.has(entry.path)) contents.set(entry.path, await readChecked(files, entry));
    else await checkFile(files, entry, contents.get(entry.path) as Uint8Array);
  }
  checkGolden(files, variant);
  const content = (entry: { path: string }) => contents.get(entry.path) as Uint8Array;
  return {
    manifest,
    variant,
    weights: content(variant),
    ...(variant.weights ? { binary: content(variant.weights) } : {}),
    goldenInput: content(variant.golden.input),
    goldenOutputs: variant.golden.outputs.map(content),
  };
}

async function readManifest(files: BundleFiles): Promise<Manifest> {
  const subject = `${files.location}/model.json`;
  const bytes = await readFile(
    files,
    'model.json',
    'a bundle has a model.json at its top; a bare model needs a preset',
  );
  return parseManifest(bytes, subject);
}

async function readChecked(files: BundleFiles, entry: FileEntry): Promise<Uint8Array> {
  requireModelFits(`${files.location}/${entry.path}`, entry.bytes);
  const bytes = await readFile(files, entry.path, 'the manifest lists it');
  await checkFile(files, entry, bytes);
  return bytes;
}

async function checkFile(files: BundleFiles, entry: FileEntry, bytes: Uint8Array): Promise<void> {
  const subject = `${files.location}/${entry.path}`;
  const remedy = 'The file was changed or damaged after the bundle was made: get the bundle again.';
  if (bytes.byteLength !== entry.bytes) {
    const received = `${bytes.byteLength} bytes`;
    throw new ModelLoadError({ subject, expected: `${entry.bytes} bytes`, received, remedy });
  }
  const received = await sha256(bytes);
  if (received !== entry.sha256) {
    const details = { check: 'sha256' };
    throw new ModelLoadError({ subject, expected: `sha256 ${entry.sha256}`, received, remedy, details });
  }
}

async function readFile(files: BundleFiles, path: string, why: string): Promise<Uint8Array> {
  try {
    return await files.read(path);
  } catch (cause) {
    if (cause instanceof ModelLoadError) throw cause;
    const subject = `${files.location}/${path}`;
    const expected = `a readable file (${why})`;
    if (isOutOfMemory(cause)) throw new ModelLoadError({ subject, expected, ...memoryFault(cause), cause });
    throw new ModelLoadError({
      subject,
      expected,
      received: (cause as Error).message,
      remedy: 'Check the path of the model.',
      cause,
    });
  }
}

// A golden sample of the wrong size would be compared with garbage.
function checkGolden(files: BundleFiles, variant: ModelVariant): void {
  const { golden, outputs } = variant;
  const fail = (subject: string, expected: string, received: string) => {
    throw new ModelLoadError({ subject: `${files.location}/model.json: ${subject}`, expected, received });
  };
  const pixelBytes = { RGBA: 4, RGB: 3, BGR: 3, GRAY8: 1 }[golden.input.format];
  const wanted = golden.input.width * golden.input.height * pixelBytes;
  if (golden.input.bytes !== wanted) {
    fail('golden.input.bytes', `${wanted} (width × height × ${pixelBytes})`, `${golden.input.bytes}`);
  }
  if (golden.outputs.length !== outputs.length) {
    fail('golden.outputs', `${outputs.length} files, one per output`, `${golden.outputs.length}`);
  }
  outputs.forEach((output, i) => {
    const bytes = elementCount(output.shape) * bytesPerElement[output.dataType];
    if (golden.outputs[i].bytes !== bytes) {
      fail(
        `golden.outputs[${i}].bytes`,
        `${bytes} (${output.dataType} [${output.shape}])`,
        `${golden.outputs[i].bytes}`,
      );
    }
  });
}
