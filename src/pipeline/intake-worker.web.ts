import * as Comlink from 'comlink';
import { createSource } from '../acquire/create-source.web.js';
import { ClosedError } from '../core/error.js';
import { KernelFramePool } from '../kernels/kernel-frame-pool.js';
import { reply } from './engine-channel.js';
import { engineResources } from './engine-resources.web.js';
import type { IntakeChannel } from './intake-channel.js';
import { LocalEngine } from './local-engine.js';
import type { LocalIntake } from './local-intake.js';
import { openLocalIntake } from './open-local-intake.js';
import { PreviewCamera } from './preview.web.js';

// Entry of the module worker of a page: the sensor's end of one arc, source included, spoken to through comlink.
let intake: LocalIntake | undefined;
let preview: PreviewCamera | undefined;

function opened(): LocalIntake {
  if (intake) return intake;
  throw new ClosedError({ subject: 'intake', expected: 'an open one', received: 'none' });
}

const channel: IntakeChannel = {
  open: (definition, assets, onProgress) =>
    reply(async () => {
      // The worker does one thing at a time; only a camera's own process works beside it.
      const inline = { ...definition, execution: 'inline' } as const;
      preview = assets.preview ? new PreviewCamera() : undefined;
      intake = await openLocalIntake(inline, {
        openSource: async () => {
          onProgress('source');
          return createSource(definition.source, assets);
        },
        openEngine: () => LocalEngine.open(definition, engineResources(assets), onProgress),
        frames: (engine) => new KernelFramePool(engine.kernels),
      });
      const { engine, copies, overlap, counters } = intake;
      return { engine, source: intake.source, copies, overlap, counters };
    }),
  next: async (slot) => {
    let picture: ImageBitmap | undefined;
    const answer = await reply(async () => {
      const landing = await opened().next(slot);
      if (landing?.kind === 'frame') {
        if (landing.pixels) picture = preview?.take(landing.pixels);
        landing.pixels?.close();
        delete landing.pixels;
      }
      return { landing, counters: opened().counters, picture };
    });
    return picture ? Comlink.transfer(answer, [picture]) : answer;
  },
  stop: () =>
    reply(async () => {
      await opened().stop();
      return opened().counters;
    }),
};

Comlink.expose(channel);
