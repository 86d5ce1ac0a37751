import { loadOrtLibrary, type OrtLibrary } from '../../../../src/infer/onnx-native/ort-library.node.js';

/** A library whose handles are counted: what was made, less what was released, by kind. */
export interface CountedLibrary {
  ort: OrtLibrary;
  /** Handles that are open now; kinds without any are left out. */
  open(): Record<string, number>;
  /** Calls by name. */
  calls: Record<string, number>;
}

/** What makes a handle of which kind. */
const makers: Record<string, string> = {
  CreateEnv: 'Env',
  CreateCpuMemoryInfo: 'MemoryInfo',
  CreateSessionFromArray: 'Session',
  CreateSessionOptions: 'SessionOptions',
  CreateRunOptions: 'RunOptions',
  CreateIoBinding: 'IoBinding',
  CreateTensorWithDataAsOrtValue: 'Value',
  SessionGetInputTypeInfo: 'TypeInfo',
  SessionGetOutputTypeInfo: 'TypeInfo',
  GetTensorTypeAndShape: 'TensorTypeAndShapeInfo',
  SessionGetInputName: 'Allocated',
  SessionGetOutputName: 'Allocated',
  SessionEndProfiling: 'Allocated',
  CreateCUDAProviderOptions: 'CUDAProviderOptions',
  CreateTensorRTProviderOptions: 'TensorRTProviderOptions',
};

/** Loads the library with all its functions counted, on this thread and beside it. */
export async function loadCounted(): Promise<CountedLibrary> {
  const counts = new Map<string, number>();
  const calls: Record<string, number> = {};
  const add = (kind: string, by: number) => counts.set(kind, (counts.get(kind) ?? 0) + by);
  const told = (name: string, status: unknown, values: readonly unknown[]) => {
    calls[name] = (calls[name] ?? 0) + 1;
    if (name.startsWith('Release') && name !== 'ReleaseAvailableProviders') add(name.slice('Release'.length), -1);
    else if (name === 'AllocatorFree') add('Allocated', -1);
    else if (name === 'GetBoundOutputValues') {
      // The list, and each value in it.
      add('Allocated', 1);
      add('Value', Number((values.at(-1) as BigUint64Array)[0]));
    } else if (makers[name]) add(status ? 'Status' : makers[name], 1);
    else if (status && typeof status === 'bigint' && !name.startsWith('EpDevice') && name !== 'GetKeyValue')
      add('Status', 1);
  };
  const ort = await loadOrtLibrary(undefined, {
    wrap: (functions) =>
      Object.fromEntries(
        Object.entries(functions).map(([name, call]) => {
          const counted = (...values: unknown[]) => {
            const result = call(...values);
            told(name, result, values);
            return result;
          };
          const async = (...values: unknown[]) => {
            const done = values.pop() as (error: unknown, result: unknown) => void;
            call.async(...values, (error: unknown, result: unknown) => {
              told(name, result, values);
              done(error, result);
            });
          };
          return [name, Object.assign(counted, { async })];
        }),
      ) as never,
  });
  return { ort, calls, open: () => Object.fromEntries([...counts].filter(([, count]) => count !== 0)) };
}
