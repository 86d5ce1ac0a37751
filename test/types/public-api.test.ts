import { describe, expectTypeOf, it } from 'vitest';
import type {
  Detection,
  Item,
  Pipeline,
  PipelineDefinitionInput,
  PreprocessSpecInput,
  Result,
  RuntimeChoice,
  Sink,
  SinkFactory,
} from '../../src/index.js';
import { createPipeline, type ReflexarcError, type SourceError } from '../../src/index.node.js';

// Checked by `npm run typecheck`; running them only shows that they are there.
describe('public types', () => {
  it('a definition needs a source and a model, and nothing else', () => {
    expectTypeOf({
      source: { type: 'synthetic' },
      model: { type: 'bundle', path: 'models/conveyor' },
    } as const).toExtend<PipelineDefinitionInput>();
    expectTypeOf({ source: { type: 'synthetic' } } as const).not.toExtend<PipelineDefinitionInput>();
    expectTypeOf({ type: 'radar' } as const).not.toExtend<PipelineDefinitionInput['source']>();
    expectTypeOf({ width: 4, height: 4 }).toExtend<PreprocessSpecInput>();
    expectTypeOf<'openvino:GPU.1' | 'onnx-native:cuda' | 'onnx-web'>().toExtend<RuntimeChoice>();
    expectTypeOf<'tensor:0'>().not.toExtend<RuntimeChoice>();
    expectTypeOf({ width: 4 }).not.toExtend<PreprocessSpecInput>();
  });

  it('a pipeline is iterated, disposed of, and typed to the end', () => {
    expectTypeOf(createPipeline).returns.resolves.toEqualTypeOf<Pipeline>();
    expectTypeOf<Pipeline>().toExtend<AsyncDisposable>();
    expectTypeOf<ReturnType<Pipeline['run']>>().toExtend<AsyncIterable<Result>>();
    expectTypeOf<Result['items'][number]>().toEqualTypeOf<Item>();
    expectTypeOf<Detection['trackId']>().toEqualTypeOf<number | undefined>();
  });

  it('a detection is told from a classification by its box', () => {
    const box = (item: Item) => ('box' in item ? item.box : undefined);
    expectTypeOf(box).returns.toEqualTypeOf<Detection['box'] | undefined>();
  });

  it('a sink may implement as little as it likes', () => {
    expectTypeOf<{ result(result: Result): void }>().toExtend<Sink>();
    expectTypeOf<(options: unknown) => { reject(): Promise<void> }>().toExtend<SinkFactory>();
    expectTypeOf<SourceError>().toExtend<ReflexarcError>();
  });
});
