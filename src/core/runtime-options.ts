import * as v from 'valibot';

const text = v.pipe(v.string(), v.nonEmpty());
const count = v.pipe(v.number(), v.integer(), v.minValue(1));

/** An execution provider by its name, alone or with the options that its vendor documents. */
const providerSchema = v.union([
  text,
  v.strictObject({ name: text, options: v.optional(v.record(text, v.string()), {}) }),
]);

/** How ONNX Runtime is used through its C interface. */
export const onnxNativeOptionsSchema = v.strictObject({
  /** Path of a `libonnxruntime`; else that of the environment, else the one inside the package onnxruntime-node. */
  library: v.optional(text),
  /**
   * Execution providers in order of preference, e.g. `['cuda', 'cpu']`; nothing else is tried. Where an entry of `runtime` names one,
   * it comes first, must take the model, and those after it here get the nodes that it leaves.
   */
  providers: v.optional(v.pipe(v.array(providerSchema), v.minLength(1)), ['cpu']),
  /** Provider libraries to register first: path by the name that they get, e.g. of a Python wheel. */
  pluginLibraries: v.optional(v.record(text, text), {}),
  /** Beginning of the path that ONNX Runtime writes its profile to when the session is closed. */
  profile: v.optional(text),
  /** Further entries of the session's configuration, by ONNX Runtime's names. */
  config: v.optional(v.record(text, v.string()), {}),
});

/** How OpenVINO is used through its C interface. */
export const openVinoOptionsSchema = v.strictObject({
  /** Path of a `libopenvino_c`; else that of the environment, else the usual places. */
  library: v.optional(text),
  /** Where `runtime` does not name it: `CPU`, `GPU`, `GPU.1`, `NPU`, `AUTO`, `AUTO:GPU,CPU`, `HETERO:GPU,CPU` … */
  device: v.optional(text, 'CPU'),
  hint: v.optional(v.picklist(['latency', 'throughput']), 'latency'),
  /** Precision that is computed in; the device's own choice where it is left out. */
  precision: v.optional(v.picklist(['f32', 'f16', 'bf16'])),
  streams: v.optional(count),
  /** Whether the threads are bound to cores; OpenVINO's own choice where it is left out. */
  pinning: v.optional(v.boolean()),
  /** Folder that compiled models are kept in. */
  cacheDir: v.optional(text),
  /** Puts the preprocessing into the model, so that the device does it; results then differ within a stated tolerance. */
  fusePreprocess: v.optional(v.boolean(), false),
  /** Further properties of the device, by OpenVINO's names. */
  properties: v.optional(v.record(text, v.string()), {}),
});

/** Options of the runtimes that need some, by runtime. */
export const runtimeOptionsSchema = v.strictObject({
  'onnx-native': v.optional(onnxNativeOptionsSchema, {}),
  openvino: v.optional(openVinoOptionsSchema, {}),
});

export type OnnxNativeOptions = v.InferOutput<typeof onnxNativeOptionsSchema>;
export type OpenVinoOptions = v.InferOutput<typeof openVinoOptionsSchema>;
export type RuntimeOptions = v.InferOutput<typeof runtimeOptionsSchema>;
