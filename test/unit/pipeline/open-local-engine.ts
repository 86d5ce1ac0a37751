import { type PipelineDefinitionInput, pipelineDefinitionSchema } from '../../../src/core/definition.js';
import type { KernelTier } from '../../../src/core/kernel-tier.js';
import { parse } from '../../../src/core/parse.js';
import type { TensorDescriptor } from '../../../src/core/tensor.js';
import type { OpenOptions, Runtime, Session, Slot } from '../../../src/infer/runtime.js';
import { loadKernels } from '../../../src/kernels/load-kernels.node.js';
import { type EngineResources, LocalEngine } from '../../../src/pipeline/local-engine.js';

/** What stands in for a model: one input, one output, and what a run does. */
interface FakeModel {
  input: TensorDescriptor;
  output: TensorDescriptor;
  /** @param index of the slot. */
  run(slot: Slot, index: number): unknown;
  overlaps?: boolean;
}

/** An engine over a runtime that opens this model whatever it is asked for. `readPicture` throws if left out. */
export function openLocalEngine(
  definition: Partial<PipelineDefinitionInput> & Pick<PipelineDefinitionInput, 'model'>,
  { input, output, run, overlaps }: FakeModel,
  tier: KernelTier,
  readPicture?: EngineResources['readPicture'],
): Promise<LocalEngine> {
  const open = async (_model: Uint8Array, _name: string, { allocator, slots }: OpenOptions): Promise<Session> => ({
    overlaps,
    inputs: [input],
    outputs: [output],
    slots: Array.from({ length: slots }, () => ({
      inputs: [allocator.allocateTensor(input)],
      outputs: [allocator.allocateTensor(output)],
    })),
    placement: {} as Session['placement'],
    allocations: { arrayBuffersPerRun: 0, bytesPerRun: 0 },
    async run(this: Session, slot: Slot) {
      await run(slot, this.slots.indexOf(slot));
    },
    async close() {},
  });
  const none = (what: string) => () => {
    throw new Error(`no ${what} here`);
  };
  return LocalEngine.open(
    parse(pipelineDefinitionSchema, { source: { type: 'synthetic' }, ...definition }, 'definition'),
    {
      loadKernels: () => loadKernels({ tier }),
      runtimes: { 'onnx-web': async () => ({ open }) as unknown as Runtime },
      bundleFiles: none('bundle'),
      readFile: async () => new Uint8Array([1]),
      readPicture: readPicture ?? none('picture'),
    },
  );
}
