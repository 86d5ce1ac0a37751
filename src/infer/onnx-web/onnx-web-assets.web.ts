import type { AssetFault } from '../../core/asset.web.js';
import { assetUrl, findAssetFault } from '../../core/asset.web.js';
import type { OrtModule } from './onnx-web-session.js';

/** A build of onnxruntime-web: plain WebAssembly, or WebGPU with one of two ways to wait inside WebAssembly. */
export type OrtBuild = 'wasm' | 'jspi' | 'asyncify';

interface BuildAssets {
  import(): Promise<OrtModule>;
  /** Names of the files, as onnxruntime-web ships them. */
  mjs: string;
  wasm: string;
  /** Literal URLs: Vite and webpack resolve the package in them, emit the files and put their addresses here. */
  ownMjs(): URL;
  ownWasm(): URL;
}

const builds: Readonly<Record<OrtBuild, BuildAssets>> = {
  wasm: {
    import: () => import('onnxruntime-web/wasm'),
    mjs: 'ort-wasm-simd-threaded.mjs',
    wasm: 'ort-wasm-simd-threaded.wasm',
    ownMjs: () => new URL('onnxruntime-web/ort-wasm-simd-threaded.mjs', import.meta.url),
    ownWasm: () => new URL('onnxruntime-web/ort-wasm-simd-threaded.wasm', import.meta.url),
  },
  jspi: {
    import: () => import('onnxruntime-web/jspi'),
    mjs: 'ort-wasm-simd-threaded.jspi.mjs',
    wasm: 'ort-wasm-simd-threaded.jspi.wasm',
    ownMjs: () => new URL('onnxruntime-web/ort-wasm-simd-threaded.jspi.mjs', import.meta.url),
    ownWasm: () => new URL('onnxruntime-web/ort-wasm-simd-threaded.jspi.wasm', import.meta.url),
  },
  asyncify: {
    import: () => import('onnxruntime-web/webgpu'),
    mjs: 'ort-wasm-simd-threaded.asyncify.mjs',
    wasm: 'ort-wasm-simd-threaded.asyncify.wasm',
    ownMjs: () => new URL('onnxruntime-web/ort-wasm-simd-threaded.asyncify.mjs', import.meta.url),
    ownWasm: () => new URL('onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm', import.meta.url),
  },
};

/** Files of the runtime that `assetBaseUrl` must hold, by build. */
export const ortAssetNames: Readonly<Record<OrtBuild, readonly string[]>> = {
  wasm: [builds.wasm.mjs, builds.wasm.wasm],
  jspi: [builds.jspi.mjs, builds.jspi.wasm],
  asyncify: [builds.asyncify.mjs, builds.asyncify.wasm],
};

/**
 * Imports a build and tells it where its files are. Its glue is always loaded from a file of its own: inside an
 * application's chunk, the threads that it starts would load that chunk, run the application, and hang.
 * @param base absolute folder of the files; where undefined, they are where the bundler put them.
 */
export async function importBuild(build: OrtBuild, base: string | undefined): Promise<OrtModule> {
  const ort = await builds[build].import();
  ort.env.wasm.wasmPaths = buildUrls(build, base);
  ort.env.wasm.proxy = false;
  return ort;
}

/** Looks what is wrong with the files of a build; `undefined` where nothing is. */
export async function findBuildFault(build: OrtBuild, base: string | undefined): Promise<AssetFault | undefined> {
  const { mjs, wasm } = buildUrls(build, base);
  return (await findAssetFault(mjs, 'module')) ?? (await findAssetFault(wasm, 'wasm'));
}

function buildUrls(build: OrtBuild, base: string | undefined): { mjs: string; wasm: string } {
  const { mjs, wasm, ownMjs, ownWasm } = builds[build];
  return { mjs: assetUrl(mjs, base, ownMjs), wasm: assetUrl(wasm, base, ownWasm) };
}
