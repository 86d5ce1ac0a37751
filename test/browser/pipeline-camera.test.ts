import { expect, it } from 'vitest';
import type { PipelineDefinitionInput } from '../../src/core/definition.js';
import { ReflexarcError } from '../../src/core/error.js';
import { describeWithChromium, launchChromium } from './chromium.js';
import { conveyor } from './conveyor-definition.js';
import type { CameraReport } from './site/scripts/pipeline.js';
import { serveSite } from './site-server.js';
import { openPage } from './test-page.js';

describeWithChromium('createPipeline in a page with a camera', () => {
  const camera: PipelineDefinitionInput = {
    ...conveyor,
    source: { type: 'camera', width: 640, height: 480 },
    queue: 'latest',
    frames: undefined,
  };
  const fake = ['--use-fake-device-for-media-stream'];

  /** Runs it in a browser of its own. */
  async function run(flags: string[], unplug = false, definition = camera): Promise<CameraReport> {
    await using chromium = await launchChromium(flags);
    await using site = await serveSite({ isolated: true });
    await using page = await openPage(chromium, site);
    return await page.inPage<CameraReport>('pipeline', 'runCamera', definition, 5, unplug);
  }

  it('copies its frames as they come, once, and lets it go', async () => {
    const { frames, ...report } = await run([...fake, '--use-fake-ui-for-media-stream']);
    expect(frames).toBeGreaterThanOrEqual(5);
    expect(report).toEqual({
      size: [640, 480],
      source: 'camera',
      copies: expect.arrayContaining([expect.stringContaining('kernel memory')]),
      openFrames: 0,
      tracks: ['ended'],
    });
  });

  it('is ERR_SOURCE in the midst of a run when it is unplugged, and nothing stays open', async () => {
    const report = await run([...fake, '--use-fake-ui-for-media-stream'], true);
    expect(report.frames).toBeGreaterThanOrEqual(5);
    expect(report).toMatchObject({ openFrames: 0, tracks: ['ended'] });
    expect(report.error).toMatchObject({
      name: 'SourceError',
      code: 'ERR_SOURCE',
      details: { reason: 'unplugged' },
      remedy: expect.any(String),
    });
  });

  it.each([
    ['permission', [...fake, '--deny-permission-prompts'], camera],
    ['missing', [], camera],
    [
      'constraint',
      [...fake, '--use-fake-ui-for-media-stream'],
      { ...camera, source: { type: 'camera', width: 9999 } } as typeof camera,
    ],
  ])('is ERR_SOURCE where it cannot be had: %s', async (reason, flags, definition) => {
    const error = await run(flags, false, definition).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ReflexarcError);
    expect(error).toMatchObject({ name: 'SourceError', code: 'ERR_SOURCE', details: { reason } });
    expect((error as ReflexarcError).remedy).toEqual(expect.any(String));
  });
});
