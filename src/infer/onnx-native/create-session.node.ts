import { ModelLoadError, UnsupportedError } from '../../core/error.js';
import { isOutOfMemory, memoryFault } from '../../core/model-limits.js';
import type { OnnxNativeOptions } from '../../core/runtime-options.js';
import { explainRefusal } from '../onnx-bytes.js';
import {
  type ExecutionProvider,
  findProvider,
  notTaken,
  type ProviderRequest,
  unusable,
} from './execution-provider.node.js';
import { OrtError } from './ort-error.js';
import { type OrtLibrary, type Pointer, quiet } from './ort-library.node.js';
import { shortName } from './plugin-devices.node.js';

/** Says which nodes run where; since 1.24. */
const recordAssignment = 'session.record_ep_graph_assignment_info';
/** Nodes that no listed provider takes are an error, not the CPU's. */
const noCpu = 'session.disable_cpu_ep_fallback';

/** `ORT_ENABLE_ALL`. */
const allOptimizations = 99;

/** How a session is created. */
export interface CreateSessionOptions {
  native: OnnxNativeOptions;
  /** Whether the first provider must take the model, or most of it. */
  required?: boolean;
  threads: number;
  /** Whether this thread may stand still meanwhile. */
  blocking: boolean;
}

/** A session and what it runs on. */
export interface CreatedSession {
  /** `OrtSession`; the caller's. */
  session: Pointer;
  /** The first of the providers that were asked for and are there. */
  provider: ExecutionProvider;
  fullyAccelerated: boolean;
  /** Why it is not all as asked for. */
  limitations: string[];
}

/**
 * Compiles a model on the first providers of a list that take it; those after the first get the nodes that it leaves.
 * @param requests in order of preference; `cpu` is used only where it is listed.
 * @throws {UnsupportedError} ERR_UNSUPPORTED no listed provider is here, or not the one that is required, or none takes the whole
 *   model and the CPU is not listed.
 * @throws {ModelLoadError} ERR_MODEL_LOAD the bytes are no usable model.
 */
export async function createSession(
  ort: OrtLibrary,
  model: Uint8Array,
  name: string,
  requests: readonly ProviderRequest[],
  options: CreateSessionOptions,
): Promise<CreatedSession> {
  // The CPU takes every node that is left, so that nothing is left for what stands behind it.
  const last = requests.findIndex((request) => request.name === 'cpu');
  let left = last < 0 ? requests : requests.slice(0, last + 1);
  const passedOver: string[] = [];
  for (;;) {
    const attempt = await tryProviders(ort, model, left, options);
    if ('session' in attempt) {
      const { session, provider, limitations } = attempt;
      const [first] = requests;
      if (options.required && provider.name !== first.name.split(':')[0]) {
        ort.functions.ReleaseSession(session);
        throw notTaken(ort, first.name, name, 'none of its nodes that it takes');
      }
      return { ...attempt, limitations: [...passedOver, ...limitations] };
    }
    const { failed, error, starting } = attempt;
    left = left.filter((request) => request !== failed);
    if (!starting && (failed.name === 'cpu' || isModelFault(error))) throw refusal(model, name, error);
    const problem = starting ? unusable(ort, failed.name, error) : notTaken(ort, failed.name, name, error);
    if (left.length === 0 || (options.required && failed === requests[0]))
      throw passedOver.length > 0 ? none(problem, passedOver) : problem;
    passedOver.push(`Not ${failed.name}: ${problem.received}`);
  }
}

type Attempt =
  | CreatedSession
  /** The provider that is at fault, or may be: the most preferred one. `starting` where it failed without the model. */
  | { failed: ProviderRequest; error: unknown; starting: boolean };

async function tryProviders(
  ort: OrtLibrary,
  model: Uint8Array,
  requests: readonly ProviderRequest[],
  { native, threads, blocking }: CreateSessionOptions,
): Promise<Attempt> {
  const sessionOptions = ort.make('CreateSessionOptions');
  try {
    const set = (key: string, value: string) => ort.do('AddSessionConfigEntry', sessionOptions, key, value);
    ort.do('SetSessionLogSeverityLevel', sessionOptions, quiet);
    ort.do('SetSessionGraphOptimizationLevel', sessionOptions, allOptimizations);
    ort.do('SetIntraOpNumThreads', sessionOptions, threads);
    ort.do('SetInterOpNumThreads', sessionOptions, 1);
    if (native.profile !== undefined) ort.do('EnableProfiling', sessionOptions, native.profile);
    const providers: ExecutionProvider[] = [];
    for (const request of requests) {
      try {
        const provider = findProvider(ort, request);
        provider.append(sessionOptions);
        providers.push(provider);
      } catch (error) {
        return { failed: request, error, starting: true };
      }
    }
    const accelerated = providers.some(({ name }) => name !== 'cpu');
    const recorded = accelerated && ort.has('Session_GetEpGraphAssignmentInfo');
    if (recorded) set(recordAssignment, '1');
    if (!providers.some(({ name }) => name === 'cpu')) set(noCpu, '1');
    for (const [key, value] of Object.entries(native.config)) set(key, value);
    const out = new BigUint64Array(1);
    const create = 'CreateSessionFromArray';
    try {
      if (blocking) ort.do(create, ort.env, model, model.byteLength, sessionOptions, out);
      else await ort.later(create, ort.env, model, model.byteLength, sessionOptions, out);
    } catch (error) {
      return { failed: requests[0], error, starting: false };
    }
    const [session] = out;
    return { session, ...tellPlacement(ort, session, providers, recorded) };
  } finally {
    ort.functions.ReleaseSessionOptions(sessionOptions);
  }
}

// The first provider that has nodes is what the model runs on.
function tellPlacement(
  ort: OrtLibrary,
  session: Pointer,
  providers: readonly ExecutionProvider[],
  recorded: boolean,
): Omit<CreatedSession, 'session'> {
  const [first] = providers;
  if (first.name === 'cpu') return { provider: first, fullyAccelerated: true, limitations: [] };
  if (!recorded) {
    // Where the CPU is not listed, a node that the only provider does not take would have been refused.
    if (providers.length === 1) return { provider: first, fullyAccelerated: true, limitations: [] };
    const limitation = `ONNX Runtime ${ort.version} does not say which nodes run on ${first.name}; 1.24 and later do.`;
    return { provider: first, fullyAccelerated: false, limitations: [limitation] };
  }
  const nodes = new Map<string, number>();
  for (const graph of ort.list('Session_GetEpGraphAssignmentInfo', session)) {
    const name = shortName(ort.text(ort.make('EpAssignedSubgraph_GetEpName', graph)));
    nodes.set(name, (nodes.get(name) ?? 0) + ort.list('EpAssignedSubgraph_GetNodes', graph).length);
  }
  const all = [...nodes.values()].reduce((sum, count) => sum + count, 0);
  const provider = providers.find(({ name }) => nodes.has(name)) ?? first;
  const limitations = providers
    .slice(0, providers.indexOf(provider))
    .map(({ name }) => `Not ${name}: it takes none of the model's ${all} nodes.`);
  for (const [name, count] of nodes) {
    if (name === provider.name) continue;
    limitations.push(`${count} of ${all} nodes of the model run on ${name}, not on ${provider.name}.`);
  }
  return { provider, fullyAccelerated: nodes.size <= 1, limitations };
}

// ORT_NO_MODEL, ORT_INVALID_PROTOBUF, ORT_INVALID_GRAPH, or an operator that nothing has: no provider mends that.
function isModelFault(error: unknown): boolean {
  if (!(error instanceof OrtError)) return false;
  return [4, 7, 10].includes(error.status) || /is not a registered function\/op/.test(error.message);
}

function refusal(model: Uint8Array, name: string, cause: unknown): ModelLoadError {
  const message = cause instanceof Error ? cause.message : String(cause);
  const fault = isOutOfMemory(cause) ? memoryFault(cause) : explainRefusal(model, message, 'ONNX Runtime');
  return new ModelLoadError({ subject: name, expected: 'an ONNX model', ...fault, cause });
}

function none(last: UnsupportedError, passedOver: readonly string[]): UnsupportedError {
  return new UnsupportedError({
    subject: 'execution providers',
    expected: 'one that opens the model',
    received: [...passedOver, `Not ${last.subject.split(' ').at(-1)}: ${last.received}`].join(' · '),
    remedy: 'List another one, or mend what each of them says.',
    details: last.details,
    cause: last,
  });
}
