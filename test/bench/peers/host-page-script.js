// What the page of host-page.mjs runs: the conveyor on the host's camera "belt".
import { connectHost } from '../../../dist/index.web.js';

async function open() {
  const host = await connectHost();
  const openPipeline = () =>
    host.createPipeline(
      {
        source: { type: 'camera', deviceId: 'belt' },
        model: { type: 'bundle', path: 'models/conveyor' },
        runtime: ['onnx-native', 'onnx-web'],
      },
      { place: 'host' },
    );
  // Left, top, width, height and score of all that is on the first frame with something on it.
  globalThis.firstItems = async () => {
    await using pipeline = await openPipeline();
    for await (const { items } of pipeline.run()) {
      if (items.length > 0) return items.flatMap(({ box, score }) => [box.x, box.y, box.width, box.height, score]);
    }
  };
  // Results that came while the clocks were still being compared have no time.
  globalThis.transitOf = async (count) => {
    await using pipeline = await openPipeline();
    let last = -1;
    for await (const { frame } of pipeline.run()) {
      if (frame <= last) throw new Error(`frame ${frame} after ${last}`);
      last = frame;
      if (pipeline.transit.n >= count) return { ...pipeline.transit };
    }
  };
}

globalThis.opened = open();
