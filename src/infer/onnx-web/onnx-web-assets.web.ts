import { type AssetFault, assetUrl, findAssetFault } from '../../core/asset.web.js';
import { ReflexarcError, UnsupportedError } from '../../core/error.js';
import type { OrtModule } from './onnx-web-session.js';
import { ortSource as asyncify } from './ort-asyncify.web.js';
import { type OrtBuild, ortFiles } from './ort-files.js';
import { ortSource as jspi } from './ort-jspi.web.js';
import type { OrtSource } from './ort-source.js';
import { ortSource as wasm } from './ort-wasm.web.js';

const sources: Readonly<Record<OrtBuild, OrtSource>> = { wasm, jspi, asyncify };

/**
 * Imports a build and tells it where its files are. Its glue is always loaded from a file of its own: inside an
 * application's chunk, the threads that it starts would load that chunk, run the application, and hang.
 * @param base absolute folder of the files; where undefined, they are where the bundler put them.
 * @throws {UnsupportedError} ERR_UNSUPPORTED the library does not load, or the application was bundled without it.
 */
export async function importBuild(build: OrtBuild, base: string | undefined): Promise<OrtModule> {
  const ort = await sources[build].import().catch((cause) => {
    throw cause instanceof ReflexarcError ? cause : absent(build, cause);
  });
  ort.env.wasm.wasmPaths = buildUrls(build, base);
  ort.env.wasm.proxy = false;
  return ort;
}

function absent(build: OrtBuild, cause: unknown): UnsupportedError {
  const { provider, library } = ortFiles[build];
  return new UnsupportedError({
    subject: `execution provider ${provider}`,
    expected: `onnxruntime-web, as ${library} or in the application`,
    received: cause instanceof Error ? cause.message : String(cause),
    remedy: `Copy it with the rest: reflexarc copy-assets DIR --runtimes ${provider}; or let the bundler emit it.`,
    details: { supported: [] },
    cause,
  });
}

/** Looks what is wrong with the files of a build; `undefined` where nothing is. */
export async function findBuildFault(build: OrtBuild, base: string | undefined): Promise<AssetFault | undefined> {
  const { mjs, wasm } = buildUrls(build, base);
  return (await findAssetFault(mjs, 'module')) ?? (await findAssetFault(wasm, 'wasm'));
}

function buildUrls(build: OrtBuild, base: string | undefined): { mjs: string; wasm: string } {
  const { mjs, wasm } = ortFiles[build];
  const { ownMjs, ownWasm } = sources[build];
  return { mjs: assetUrl(mjs, base, ownMjs), wasm: assetUrl(wasm, base, ownWasm) };
}
