import { Frame, type FrameLayout, type FrameSource } from 'reflexarc';
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

/** Pictures of one layout in ordinary memory, one after the other. */
export function sourceFromPictures(layout: FrameLayout, pictures: readonly Uint8Array[]): FrameSource {
  let next = 0;
  return {
    info: { type: 'module', width: layout.codedWidth, height: layout.codedHeight, endless: false },
    async read() {
      if (next === pictures.length) return undefined;
      const id = next++;
      return new Frame({ ...layout, id, timestamp: id * 40_000, data: pictures[id] });
    },
    skip: async () => 0,
    close() {},
  };
}
