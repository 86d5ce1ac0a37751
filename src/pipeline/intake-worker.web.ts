import * as Comlink from 'comlink';
import { createSource } from '../acquire/create-source.web.js';
import { ClosedError } from '../core/error.js';
import { KernelFramePool } from '../kernels/kernel-frame-pool.js';
import { reply } from './engine-channel.js';
import { engineResources } from './engine-resources.web.js';
import type { IntakeChannel, IntakeNews } from './intake-channel.js';
import { LocalEngine } from './local-engine.js';
import type { LocalIntake } from './local-intake.js';
import { openLocalIntake } from './open-local-intake.js';
import type { PreviewCamera } from './preview-camera.web.js';

// Entry of the module worker of a page: the sensor's end of one arc, source included, spoken to through comlink.
let intake: LocalIntake | undefined;
let preview: PreviewCamera | undefined;

function opened(): LocalIntake {
  if (intake) return intake;
  throw new ClosedError({ subject: 'intake', expected: 'an open one', received: 'none' });
}

function tell(news: IntakeNews): void {
  postMessage(news);
}

// The browser gives a lock back when its holder is gone, however it went: thus the page hears of it.
function hold(name: string): void {
  const forever = () => {
    tell({ type: 'alive' });
    return new Promise(() => {});
  };
  // A browser that refuses locks leaves it to the page's watchdog.
  navigator.locks?.request(name, forever).catch(() => {});
}

const channel: IntakeChannel = {
  open: (definition, assets, onProgress) =>
    reply(async () => {
      if (assets.lifeline) hold(assets.lifeline);
      // The worker does one thing at a time; only a camera's own process works beside it.
      const inline = { ...definition, execution: 'inline' } as const;
      preview = assets.preview ? new (await import('./preview-camera.web.js')).PreviewCamera() : undefined;
      intake = await openLocalIntake(inline, {
        openSource: async () => {
          onProgress('source');
          return createSource(definition.source, assets);
        },
        openEngine: () => LocalEngine.open(definition, engineResources(assets), onProgress),
        frames: (engine) => new KernelFramePool(engine.kernels),
        resume: assets.resume,
        onTaken: (frame, progress) => tell({ type: 'taken', frame, progress }),
      });
      const { engine, copies, overlap, counters } = intake;
      return { engine, source: intake.source, copies, overlap, counters };
    }),
  next: async (slot) => {
    let picture: ImageBitmap | undefined;
    const answer = await reply(async () => {
      const landing = await opened().next(slot);
      if (landing?.kind === 'frame') {
        const { pixels } = landing;
        delete landing.pixels;
        try {
          if (pixels) picture = await preview?.take(pixels);
        } finally {
          pixels?.close();
        }
      }
      return { landing, counters: opened().counters, picture };
    });
    return picture ? Comlink.transfer(answer, [picture]) : answer;
  },
  ping: async () => {},
  stop: () =>
    reply(async () => {
      await opened().stop();
      const { counters } = opened();
      // Frames of a camera that are on their way are closed here: the worker ends when this is answered.
      await opened().close();
      return counters;
    }),
};

Comlink.expose(channel);
