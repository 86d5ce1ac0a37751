import { Frame, type FrameSource } from 'reflexarc';
import sharp from 'sharp';

/** One picture in ordinary memory, as an application's own source would have it. */
export async function sourceFromArray(path: string): Promise<FrameSource> {
  const { data, info } = await sharp(path).rotate().removeAlpha().raw().toBuffer({ resolveWithObject: true });
  let done = false;
  return {
    info: { type: 'module', width: info.width, height: info.height, endless: false },
    async read() {
      if (done) return undefined;
      done = true;
      const pixels = new Uint8Array(data);
      return new Frame({
        id: 0,
        format: 'RGB',
        codedWidth: info.width,
        codedHeight: info.height,
        timestamp: 0,
        data: pixels,
      });
    },
    skip: async () => 0,
    close() {},
  };
}
