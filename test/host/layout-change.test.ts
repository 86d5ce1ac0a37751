import {
  createPipeline,
  type Detection,
  Frame,
  type FrameFault,
  type FrameSource,
  type PipelineDefinitionInput,
} from 'reflexarc';
import { describe, expect, it } from 'vitest';
import { createScene, type Scene } from '../../src/acquire/synthetic/scene.js';
import { pipelineDefinitionSchema } from '../../src/core/definition.js';
import { parse } from '../../src/core/parse.js';

const conveyor: PipelineDefinitionInput = {
  source: { type: 'synthetic', seed: 7 },
  model: { type: 'bundle', path: 'models/conveyor' },
  track: { type: 'sort' },
};

function scene(width: number, height: number): Scene {
  const { source } = parse(
    pipelineDefinitionSchema,
    { ...conveyor, source: { type: 'synthetic', seed: 7, width, height } },
    'definition',
  );
  if (source.type !== 'synthetic') throw new Error('another source');
  return createScene(source);
}

const [large, small] = [scene(640, 480), scene(480, 360)];

/** What a frame shows: a scene, in one order of red and blue or the other. */
type Look = readonly [Scene, 'RGBA' | 'BGRA'];

/** Frame i of a belt looks like `looks[i]`. */
function beltOf(looks: readonly Look[]): FrameSource {
  let next = 0;
  return {
    info: { type: 'module', endless: false },
    async read() {
      const id = next++;
      if (id >= looks.length) return undefined;
      const [picture, format] = looks[id];
      const { width, height } = picture;
      const data = new Uint8Array(width * height * 4);
      picture.render(id, data);
      if (format === 'BGRA') {
        for (let i = 0; i < data.length; i += 4) [data[i], data[i + 2]] = [data[i + 2], data[i]];
      }
      return new Frame({ id, format, codedWidth: width, codedHeight: height, timestamp: id * 33_333, data });
    },
    skip: async () => 0,
    close() {},
  };
}

const times = (count: number, look: Look): Look[] => new Array<Look>(count).fill(look);
const changing = [
  ...times(4, [large, 'RGBA']),
  ...times(4, [large, 'BGRA']),
  ...times(4, [small, 'RGBA']),
  ...times(2, [large, 'RGBA']),
];

async function run(looks: readonly Look[], definition: Partial<PipelineDefinitionInput>) {
  const faults: FrameFault[] = [];
  const options = { source: beltOf(looks), onFault: (fault: FrameFault) => void faults.push(fault) };
  await using pipeline = await createPipeline({ ...conveyor, ...definition }, options);
  const results: { frame: number; width: number; items: Detection[] }[] = [];
  for await (const { frame, width, items } of pipeline.run())
    results.push({ frame, width, items: items as Detection[] });
  return { results, faults, stats: pipeline.stats };
}

const withoutTracks = (items: readonly Detection[]) => items.map(({ trackId: _trackId, ...item }) => item);
const tracksOf = (results: readonly { items: readonly Detection[] }[]) =>
  results.flatMap(({ items }) => items.flatMap(({ trackId }) => trackId ?? []));

describe.each(['inline', 'worker'] as const)('frames that change on their way, %s', (execution) => {
  it('are planned anew; another size begins new tracks, another format does not', async () => {
    const { results, faults } = await run(changing, { execution });
    expect(faults).toEqual([]);
    expect(results.map(({ width }) => width)).toEqual(changing.map(([{ width }]) => width));
    const steady = await run(times(8, [large, 'RGBA']), { execution });
    expect(tracksOf(steady.results).length).toBeGreaterThan(8);
    expect(results.slice(0, 8)).toEqual(steady.results);
    const alone = await run(times(12, [small, 'RGBA']), { execution });
    const [now, then] = [results, alone.results].map((all) => all.slice(8, 12));
    expect(now.map(({ items }) => withoutTracks(items))).toEqual(then.map(({ items }) => withoutTracks(items)));
    const [before, during, after] = [results.slice(0, 8), now, results.slice(12)].map(tracksOf);
    expect(Math.min(...during)).toBeGreaterThan(Math.max(...before));
    expect(Math.min(...after)).toBeGreaterThan(Math.max(...during));
  });

  it('are refused, one by one, where the definition says so', async () => {
    const { results, faults, stats } = await run(changing, { execution, layoutChange: 'refuse' });
    expect(results.map(({ frame }) => frame)).toEqual([0, 1, 2, 3, 12, 13]);
    expect(faults.map(({ frame }) => frame)).toEqual([4, 5, 6, 7, 8, 9, 10, 11]);
    for (const [at, received] of [
      [0, '640 × 480 BGRA'],
      [4, '480 × 360 RGBA'],
    ] as const) {
      const { error } = faults[at];
      expect(error).toMatchObject({ code: 'ERR_SHAPE', name: 'ShapeError', received });
      expect(error.expected).toBe('640 × 480 RGBA, as the first one');
    }
    expect(stats).toMatchObject({ frames: 6, faults: 8, openFrames: 0 });
  });

  it('end the run where they are refused and nobody listens', async () => {
    const definition: PipelineDefinitionInput = { ...conveyor, execution, layoutChange: 'refuse' };
    await using pipeline = await createPipeline(definition, { source: beltOf(changing) });
    const frames: number[] = [];
    const all = async () => {
      for await (const { frame } of pipeline.run()) frames.push(frame);
    };
    await expect(all()).rejects.toMatchObject({ code: 'ERR_SHAPE', received: '640 × 480 BGRA' });
    expect(frames).toEqual([0, 1, 2, 3]);
  });
});
