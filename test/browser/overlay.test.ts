import type { CDPSession, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { classColor } from '../../src/respond/overlay-colors.js';
import { type Chromium, describeWithChromium, launchChromium } from './chromium.js';
import { type Site, serveSite } from './site-server.js';
import { openPage, type TestPage } from './test-page.js';

const target = { x: 200, y: 120, width: 160, height: 100 };
const frame = { frameWidth: 640, frameHeight: 360, target };
const plain = 'left: 20px; top: 30px; width: 500px; height: 400px';

// Each as a page might show its picture; the picture itself tells where the box belongs.
const stages: [name: string, pictureStyle: string, stageStyle: string, pixelRatio: number][] = [
  ['contain', 'object-fit: contain', plain, 1],
  ['contain at the top', 'object-fit: contain; object-position: 50% 0', plain, 1],
  [
    'contain at a length from the right',
    'object-fit: contain; object-position: calc(100% - 8px) 50%',
    `${plain}; width: 900px`,
    1,
  ],
  ['cover', 'object-fit: cover', plain, 1],
  ['cover of a wide box', 'object-fit: cover; object-position: 0 20%', `${plain}; width: 900px; height: 300px`, 1],
  ['fill', 'object-fit: fill', plain, 1],
  ['none', 'object-fit: none', plain, 1],
  ['scale-down', 'object-fit: scale-down', plain, 1],
  [
    'contain, mirrored',
    'object-fit: contain; object-position: 0 0; transform: scaleX(-1)',
    `${plain}; width: 900px`,
    1,
  ],
  ['cover, mirrored by the scale property', 'object-fit: cover; scale: -1 1', plain, 1],
  ['inside border and padding', 'object-fit: contain; border: 10px solid #222; padding: 5px 40px 25px 15px', plain, 1],
  ['in a corner of the layer', 'object-fit: contain; width: 60%; height: 50%; margin: 30px 0 0 40px', plain, 1],
  ['scaled around both', 'object-fit: contain', `${plain}; transform: scale(0.6); transform-origin: 0 0`, 1],
  ['cover at two device px per px', 'object-fit: cover', plain, 2],
  ['contain at 1.5 device px per px, mirrored', 'object-fit: contain; transform: scaleX(-1)', plain, 1.5],
];

describeWithChromium('overlay in Chromium', () => {
  let chromium: Chromium;
  let site: Site;
  let page: TestPage;

  beforeAll(async () => {
    [chromium, site] = await Promise.all([launchChromium(), serveSite()]);
    page = await openPage(chromium, site);
    await setPixelRatio(page.page, 1);
  });

  afterAll(async () => {
    await page?.close();
    await Promise.all([chromium?.close(), site?.close()]);
    expect(page.complaints).toEqual([]);
  });

  it.each(stages)('%s: the box lies around what it is about', async (_, pictureStyle, stageStyle, pixelRatio) => {
    await setPixelRatio(page.page, pixelRatio);
    await page.inPage('overlay', 'show', { ...frame, pictureStyle, stageStyle, overlay: { labels: false, scale: 1 } });
    const picture = await pixels(page.page);
    const seen = boundsOf(picture, ([r, g, b]) => r > 200 && g < 60 && b > 200);
    const drawn = boundsOf(picture, near(classColor(0)));
    expect(offsetOf(drawn, seen), JSON.stringify({ seen, drawn })).toBeLessThanOrEqual(pixelRatio);
    // Pens of 3 px lie astride the edge, and smoothing takes a little of what is seen.
    for (const grown of [
      drawn.right - drawn.left - seen.right + seen.left,
      drawn.bottom - drawn.top - seen.bottom + seen.top,
    ]) {
      expect(grown).toBeGreaterThanOrEqual(0);
      expect(grown).toBeLessThanOrEqual(7 * pixelRatio);
    }
  });

  it('has a pixel for each of the display, and follows a change of size', async () => {
    await setPixelRatio(page.page, 2);
    const stage = { ...frame, pictureStyle: 'object-fit: contain', overlay: { labels: false, scale: 1 } };
    await page.inPage('overlay', 'show', { ...stage, stageStyle: plain });
    expect(await page.inPage('overlay', 'layerSize')).toEqual([1000, 800]);
    await setPixelRatio(page.page, 1);
    await page.inPage('overlay', 'resize', '; width: 800px; height: 450px');
    expect(await page.inPage('overlay', 'layerSize')).toEqual([800, 450]);
    const picture = await pixels(page.page);
    const drawn = boundsOf(picture, near(classColor(0)));
    expect(Math.abs(drawn.left - (20 + target.x * 1.25))).toBeLessThanOrEqual(2.5);
    expect(Math.abs(drawn.bottom - (30 + (target.y + target.height) * 1.25))).toBeLessThanOrEqual(2.5);
  });

  it('can be told from any ground', async () => {
    await setPixelRatio(page.page, 1);
    const grounds = ['#000000', '#ffffff', '#808080', classColor(0), '#ff0000', '#0000ff', '#fff8e0'];
    const contrasts = await page.inPage<number[]>('overlay', 'leastContrast', grounds);
    console.log(contrasts);
    for (const contrast of contrasts) expect(contrast).toBeGreaterThan(60);
  });

  it('draws names, ids, the line, a zone and alarms; nothing for what has no place', async () => {
    const shown = (overlay: object, items?: object[]) =>
      page.inPage('overlay', 'show', {
        ...frame,
        pictureStyle: 'object-fit: contain',
        stageStyle: plain,
        overlay,
        items,
      });
    const count = () => page.inPage<number>('overlay', 'drawnPixels');
    await shown({ labels: false });
    const bare = await count();
    await shown({ labels: true });
    const named = await count();
    expect(named).toBeGreaterThan(bare + 500);
    const line = { id: 'line', from: { x: 0.9, y: 0 }, to: { x: 0.9, y: 1 }, reject: ['*rt'] };
    await shown({ labels: false, lines: [line] });
    expect(await count()).toBeGreaterThan(bare + 500);
    // The line's patterns make the part an alarm.
    const alarmed = await pixels(page.page);
    expect(alarmed.count(near('#ff3b3f'))).toBeGreaterThan(200);
    expect(alarmed.count(near(classColor(0)))).toBe(0);
    const zone = {
      id: 'zone',
      points: [
        { x: 0, y: 0.8 },
        { x: 0.3, y: 0.8 },
        { x: 0.3, y: 1 },
        { x: 0, y: 1 },
      ],
    };
    await shown({ labels: false, zones: [zone] });
    expect(await count()).toBeGreaterThan(bare + 3000);
    const nowhere = [
      { box: { x: Number.NaN, y: 1, width: 5, height: 5 }, score: 0.5, classId: 1, label: 'a' },
      { box: { x: 1, y: 1, width: 0, height: 5 }, score: 0.5, classId: 1, label: 'b' },
    ];
    await shown({}, nowhere);
    expect(await count()).toBe(0);
    await shown({}, [{ score: 0.8, classId: 3, label: 'conveyor belt' }]);
    expect(await count()).toBeGreaterThan(1000);
  });

  it('is empty once closed, and stays so', async () => {
    await page.inPage('overlay', 'show', { ...frame, pictureStyle: '', stageStyle: plain });
    expect(await page.inPage('overlay', 'drawnPixels')).toBeGreaterThan(0);
    expect(await page.inPage('overlay', 'drawnAfterClose')).toBe(0);
  });
});

let session: CDPSession | undefined;

async function setPixelRatio(page: Page, deviceScaleFactor: number): Promise<void> {
  // It lasts as long as the session.
  session ??= await page.context().newCDPSession(page);
  const size = { width: 1000, height: 700, mobile: false };
  await session.send('Emulation.setDeviceMetricsOverride', { ...size, deviceScaleFactor });
}

/** How far the middles of two bounds are apart. */
function offsetOf(a: Bounds, b: Bounds): number {
  return Math.hypot(a.left + a.right - b.left - b.right, a.top + a.bottom - b.top - b.bottom) / 2;
}

type Color = readonly [red: number, green: number, blue: number];

/** What the display shows. */
interface Picture {
  width: number;
  at(x: number, y: number): Color;
  height: number;
  count(matches: (color: Color) => boolean): number;
}

async function pixels(page: Page): Promise<Picture> {
  const { data, info } = await sharp(await page.screenshot())
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { width, height } = info;
  const at = (x: number, y: number): Color => {
    const i = 3 * (y * width + x);
    return [data[i], data[i + 1], data[i + 2]];
  };
  const count = (matches: (color: Color) => boolean) => {
    let found = 0;
    for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) if (matches(at(x, y))) found++;
    return found;
  };
  return { width, height, at, count };
}

type Bounds = Record<'left' | 'top' | 'right' | 'bottom', number>;

function boundsOf({ width, height, at }: Picture, matches: (color: Color) => boolean): Bounds {
  const bounds = { left: width, top: height, right: -1, bottom: -1 };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (!matches(at(x, y))) continue;
      bounds.left = Math.min(bounds.left, x);
      bounds.right = Math.max(bounds.right, x + 1);
      bounds.top = Math.min(bounds.top, y);
      bounds.bottom = Math.max(bounds.bottom, y + 1);
    }
  }
  if (bounds.right < 0) throw new Error('nothing of this colour is on the page');
  return bounds;
}

function near(hex: string): (color: Color) => boolean {
  const wanted = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
  return (color) => color.every((value, c) => Math.abs(value - wanted[c]) < 24);
}
