/**
 * What a function gives back: `status` is a pointer that is null where all went well. Every pointer, and every place
 * that one is written to, is `void *`: koffi takes an address, a view or null for it.
 */
type Result = 'status' | 'void' | 'void *' | 'int' | 'const char *';
type Parameter = 'void *' | 'const char *' | 'const char **' | 'int' | 'int64_t' | 'size_t';

/** Where a function stands in the table `OrtApi`, and what it takes. */
export interface OrtFunctionEntry {
  /** Place in the table, which only ever grows at its end. */
  index: number;
  /** Version of the interface (the middle number of a release) that it came with; absent where {@link oldestApi} has it. */
  since?: number;
  result: Result;
  parameters: readonly Parameter[];
}

/** Oldest version of the interface that is driven: release 1.16. */
export const oldestApi = 16;

/** Newest version of the interface that is asked for: release 1.30. A newer library is driven by this one. */
export const newestApi = 30;

const pointer = 'void *';
const text = 'const char *';
const texts = 'const char **';

function entry(index: number, result: Result, parameters: readonly Parameter[], since?: number): OrtFunctionEntry {
  return since === undefined ? { index, result, parameters } : { index, since, result, parameters };
}

const release = (index: number) => entry(index, 'void', [pointer]);
const status = (index: number, ...parameters: Parameter[]) => entry(index, 'status', parameters);

/**
 * The functions of ONNX Runtime's C interface that are called here, by name.
 * @source onnxruntime_c_api.h, `struct OrtApi`: the order of its members is the index. Held to a library by
 *   test/unit/infer/onnx-native/ort-functions.test.ts.
 */
export const ortFunctions = {
  GetErrorCode: entry(1, 'int', [pointer]),
  GetErrorMessage: entry(2, text, [pointer]),
  CreateEnv: status(3, 'int', text, pointer),
  CreateSessionFromArray: status(8, pointer, pointer, 'size_t', pointer, pointer),
  CreateSessionOptions: status(10, pointer),
  EnableProfiling: status(14, pointer, text),
  SetSessionLogSeverityLevel: status(22, pointer, 'int'),
  SetSessionGraphOptimizationLevel: status(23, pointer, 'int'),
  SetIntraOpNumThreads: status(24, pointer, 'int'),
  SetInterOpNumThreads: status(25, pointer, 'int'),
  SessionGetInputCount: status(30, pointer, pointer),
  SessionGetOutputCount: status(31, pointer, pointer),
  SessionGetInputTypeInfo: status(33, pointer, 'size_t', pointer),
  SessionGetOutputTypeInfo: status(34, pointer, 'size_t', pointer),
  SessionGetInputName: status(36, pointer, 'size_t', pointer, pointer),
  SessionGetOutputName: status(37, pointer, 'size_t', pointer, pointer),
  CreateRunOptions: status(39, pointer),
  RunOptionsSetTerminate: status(46, pointer),
  RunOptionsUnsetTerminate: status(47, pointer),
  CreateTensorWithDataAsOrtValue: status(49, pointer, pointer, 'size_t', pointer, 'size_t', 'int', pointer),
  GetTensorMutableData: status(51, pointer, pointer),
  CastTypeInfoToTensorInfo: status(55, pointer, pointer),
  GetTensorElementType: status(60, pointer, pointer),
  GetDimensionsCount: status(61, pointer, pointer),
  GetDimensions: status(62, pointer, pointer, 'size_t'),
  GetSymbolicDimensions: status(63, pointer, pointer, 'size_t'),
  GetTensorTypeAndShape: status(65, pointer, pointer),
  CreateCpuMemoryInfo: status(69, 'int', 'int', pointer),
  AllocatorFree: status(76, pointer, pointer),
  GetAllocatorWithDefaultOptions: status(78, pointer),
  ReleaseEnv: release(92),
  ReleaseStatus: release(93),
  ReleaseMemoryInfo: release(94),
  ReleaseSession: release(95),
  ReleaseValue: release(96),
  ReleaseRunOptions: release(97),
  ReleaseTypeInfo: release(98),
  ReleaseTensorTypeAndShapeInfo: release(99),
  ReleaseSessionOptions: release(100),
  SessionEndProfiling: status(110, pointer, pointer, pointer),
  GetAvailableProviders: status(125, pointer, pointer),
  ReleaseAvailableProviders: status(126, pointer, 'int'),
  AddSessionConfigEntry: status(130, pointer, text, text),
  RunWithBinding: status(133, pointer, pointer, pointer),
  CreateIoBinding: status(134, pointer, pointer),
  ReleaseIoBinding: release(135),
  BindInput: status(136, pointer, text, pointer),
  BindOutput: status(137, pointer, text, pointer),
  BindOutputToDevice: status(138, pointer, text, pointer),
  GetBoundOutputValues: status(140, pointer, pointer, pointer, pointer),
  ClearBoundOutputs: release(142),
  SessionOptionsAppendExecutionProvider_TensorRT_V2: status(170, pointer, pointer),
  CreateTensorRTProviderOptions: status(171, pointer),
  UpdateTensorRTProviderOptions: status(172, pointer, texts, texts, 'size_t'),
  ReleaseTensorRTProviderOptions: release(174),
  SessionOptionsAppendExecutionProvider_CUDA_V2: status(204, pointer, pointer),
  CreateCUDAProviderOptions: status(205, pointer),
  UpdateCUDAProviderOptions: status(206, pointer, texts, texts, 'size_t'),
  ReleaseCUDAProviderOptions: release(208),
  SessionOptionsAppendExecutionProvider: status(216, pointer, text, texts, texts, 'size_t'),
  GetBuildInfoString: entry(254, text, []),
  GetKeyValue: entry(297, text, [pointer, text], 22),
  RegisterExecutionProviderLibrary: entry(301, 'status', [pointer, text, text], 22),
  UnregisterExecutionProviderLibrary: entry(302, 'status', [pointer, text], 22),
  GetEpDevices: entry(303, 'status', [pointer, pointer, pointer], 22),
  SessionOptionsAppendExecutionProvider_V2: entry(
    304,
    'status',
    [pointer, pointer, pointer, 'size_t', texts, texts, 'size_t'],
    22,
  ),
  HardwareDevice_Type: entry(307, 'int', [pointer], 22),
  EpDevice_EpName: entry(312, text, [pointer], 22),
  EpDevice_EpVendor: entry(313, text, [pointer], 22),
  EpDevice_EpMetadata: entry(314, pointer, [pointer], 22),
  EpDevice_Device: entry(316, pointer, [pointer], 22),
  Session_GetEpGraphAssignmentInfo: entry(407, 'status', [pointer, pointer, pointer], 24),
  EpAssignedSubgraph_GetEpName: entry(408, 'status', [pointer, pointer], 24),
  EpAssignedSubgraph_GetNodes: entry(409, 'status', [pointer, pointer, pointer], 24),
} as const satisfies Record<string, OrtFunctionEntry>;

/** Name of a function of ONNX Runtime's C interface that is called here. */
export type OrtFunctionName = keyof typeof ortFunctions;
