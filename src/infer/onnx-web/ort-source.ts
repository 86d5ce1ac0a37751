import type { OrtModule } from './onnx-web-session.js';

/** Where a page has a build of onnxruntime-web from. One module per build, so that a bundler can leave one out. */
export interface OrtSource {
  import(): Promise<OrtModule>;
  /** Address of the glue, where the bundler put it. @throws where this script has none, or the build was left out. */
  ownMjs(): URL;
  /** Address of the WebAssembly module; otherwise as `ownMjs`. */
  ownWasm(): URL;
}
