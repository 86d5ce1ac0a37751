import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { classColor } from '../../../src/respond/overlay-colors.js';
import { type Overlay, overlaySvg } from '../../../src/respond/overlay-svg.js';
import { textPaths, textWidth } from '../../../src/respond/stroke-font.js';

const nut = { box: { x: 40, y: 50, width: 60, height: 40 }, score: 0.873, classId: 2, label: 'nut' };

/** The overlay's own pixels, RGBA. */
async function render(overlay: Overlay) {
  const { data, info } = await sharp(Buffer.from(overlaySvg(overlay)))
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  expect([info.width, info.height]).toEqual([overlay.width, overlay.height]);
  const at = (x: number, y: number) => [...data.subarray((y * info.width + x) * 4, (y * info.width + x) * 4 + 4)];
  let painted = 0;
  for (let i = 3; i < data.length; i += 4) if (data[i] > 0) painted++;
  return { at, painted };
}

function rgb(color: string): number[] {
  return [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));
}

describe('overlaySvg', () => {
  it('draws nothing where there is nothing', async () => {
    expect((await render({ width: 200, height: 160, items: [] })).painted).toBe(0);
  });

  it('draws the edges of a box in the colour of its class and leaves its inside free', async () => {
    const { at } = await render({ width: 200, height: 160, items: [nut] });
    const [r, g, b, a] = at(40, 88);
    expect(a).toBe(255);
    rgb(classColor(2)).forEach((value, c) => {
      expect(Math.abs([r, g, b][c] - value)).toBeLessThan(40);
    });
    expect(at(70, 75)[3]).toBe(0);
    expect(at(150, 120)[3]).toBe(0);
  });

  it('puts the label above the box, and inside the picture where there is no room', async () => {
    const above = await render({ width: 200, height: 160, items: [nut] });
    expect(above.at(43, 40)[3]).toBe(255);
    const top = await render({ width: 200, height: 160, items: [{ ...nut, box: { ...nut.box, x: -20, y: -5 } }] });
    expect(top.at(3, 8)[3]).toBe(255);
  });

  it('draws alarms in red', async () => {
    const { at } = await render({ width: 200, height: 160, items: [nut], isAlarm: ({ label }) => label === 'nut' });
    const [r, g] = at(40, 88);
    expect(r).toBeGreaterThan(180);
    expect(g).toBeLessThan(110);
  });

  it('draws lines with their names, wider in the frame of a crossing, and counters', async () => {
    const line = { label: 'gate', from: { x: 0.5, y: 0 }, to: { x: 0.5, y: 1 }, active: false };
    const still = await render({ width: 200, height: 160, items: [], lines: [line] });
    const active = await render({ width: 200, height: 160, items: [], lines: [{ ...line, active: true }] });
    expect(still.at(100, 2)[3]).toBeGreaterThan(200);
    expect(active.painted).toBeGreaterThan(still.painted);
    const counted = await render({ width: 200, height: 160, items: [], counters: [{ label: 'passed', value: '12' }] });
    expect(counted.at(12, 12)[3]).toBeGreaterThan(150);
  });

  it('lists classes of the whole picture', async () => {
    const items = [{ score: 0.93, classId: 281, label: 'tabby' }];
    expect((await render({ width: 200, height: 160, items })).painted).toBeGreaterThan(500);
  });

  it('stays valid for any label and any number', async () => {
    const odd = [
      { ...nut, label: '<script>&"\'\0\ud800日本', trackId: 1e9 },
      { ...nut, box: { x: Number.NaN, y: Number.POSITIVE_INFINITY, width: -1, height: 0 } },
      { ...nut, box: { x: -1e7, y: -1e7, width: 2e7, height: 2e7 } },
    ];
    const svg = overlaySvg({ width: 1, height: 1, items: odd });
    expect(svg).not.toMatch(/NaN|Infinity|script/);
    expect((await render({ width: 1, height: 1, items: odd })).painted).toBe(1);
    await render({ width: 300, height: 200, items: odd });
  });
});

describe('stroke font', () => {
  it('has every printable ASCII letter but a few brackets and accents', () => {
    const box = textPaths('\u4e00', 0, 0, 7);
    const missing = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).filter(
      (letter) => textPaths(letter, 0, 0, 7) === box,
    );
    expect(missing).toEqual([...'$^`{}~']);
  });

  it('measures what it draws', () => {
    expect(textWidth('')).toBe(0);
    expect(textWidth('II')).toBeCloseTo(textWidth('I') * 2 + 1.75);
    expect(textWidth('é')).toBe(textWidth('e'));
  });
});
