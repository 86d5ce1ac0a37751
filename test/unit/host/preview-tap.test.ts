import { randomFillSync } from 'node:crypto';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodePreview, maxPreviewBytes, type PreviewPicture } from '../../../src/bridge/preview-picture.js';
import { Frame } from '../../../src/core/frame.js';
import type { Result } from '../../../src/core/result.js';
import { PreviewTap } from '../../../src/host/preview-tap.node.js';

const result = (frame: number) => ({ frame, timestamp: frame * 1000 }) as Result;

function frameOf(
  width: number,
  height: number,
  fill: (data: Uint8Array) => void,
  format: 'RGB' | 'RGBA' | 'GRAY8' = 'RGB',
) {
  const data = new Uint8Array(width * height * { RGB: 3, RGBA: 4, GRAY8: 1 }[format]);
  fill(data);
  return new Frame({ id: 0, timestamp: 0, format, codedWidth: width, codedHeight: height, data });
}

/** Gives a tap frames until it has sent some pictures. */
async function pictures(tap: PreviewTap, frame: Frame, wanted: number): Promise<PreviewPicture[]> {
  const seen: PreviewPicture[] = [];
  tap.attach((sequence, bytes) => {
    expect(sequence).toBeGreaterThan(0);
    expect(bytes.length).toBeLessThanOrEqual(maxPreviewBytes);
    seen.push(decodePreview(bytes));
  });
  tap.grant(wanted);
  for (let id = 0; seen.length < wanted; id++) {
    tap.result(result(id), frame);
    await new Promise((done) => setTimeout(done, 5));
  }
  return seen;
}

describe('pictures for a page', () => {
  it('show the frame, as large as was asked', async () => {
    const tap = await PreviewTap.open({ rate: 60, maxSide: 200 });
    const frame = frameOf(
      400,
      300,
      (data) => {
        for (let at = 0; at < data.length; at += 4) data.set([200, 100, 50, 255], at);
      },
      'RGBA',
    );
    const [picture] = await pictures(tap, frame, 1);
    expect(picture).toMatchObject({ width: 400, height: 300 });
    const { data, info } = await sharp(picture.jpeg).raw().toBuffer({ resolveWithObject: true });
    expect([info.width, info.height]).toEqual([200, 150]);
    for (const [channel, value] of [200, 100, 50].entries()) expect(Math.abs(data[channel] - value)).toBeLessThan(4);
  });

  it('of noise, the worst there is, fit the limit all the same', async () => {
    const tap = await PreviewTap.open({ rate: 60, maxSide: 1280 });
    const seen = await pictures(
      tap,
      frameOf(1280, 720, (data) => randomFillSync(data)),
      3,
    );
    expect(seen.every(({ jpeg }) => jpeg.length > 10_000)).toBe(true);
    const grays = await pictures(
      await PreviewTap.open({ rate: 60, maxSide: 640 }),
      frameOf(640, 480, (data) => randomFillSync(data), 'GRAY8'),
      1,
    );
    expect((await sharp(grays[0].jpeg).metadata()).width).toBe(640);
  });

  it('are taken with credit only, and while there is somebody', async () => {
    const tap = await PreviewTap.open({ rate: 60, maxSide: 64 });
    let sent = 0;
    tap.attach(() => sent++);
    const frame = frameOf(64, 64, () => {});
    const show = async (count: number) => {
      for (let id = 0; id < count; id++) {
        tap.result(result(id), frame);
        await new Promise((done) => setTimeout(done, 25));
      }
    };
    await show(4);
    expect(sent).toBe(0);
    tap.grant(2);
    await show(8);
    expect(sent).toBe(2);
    tap.grant(5);
    tap.detach();
    await show(4);
    expect(sent).toBe(2);
  });

  it('come no faster than was asked', async () => {
    const tap = await PreviewTap.open({ rate: 4, maxSide: 64 });
    const times: number[] = [];
    tap.attach(() => times.push(performance.now()));
    tap.grant(100);
    const frame = frameOf(64, 64, () => {});
    const until = performance.now() + 1000;
    for (let id = 0; performance.now() < until; id++) {
      tap.result(result(id), frame);
      await new Promise((done) => setTimeout(done, 5));
    }
    expect(times.length).toBeGreaterThan(0);
    expect(times.length).toBeLessThanOrEqual(5);
  });
});
