// What pages do without a library: a VideoFrame drawn onto a canvas of the tensor's size, read back, and normalised in a loop.
// In headless Chromium, which is timed by its own clock: the way to it does not count.
import { existsSync, readFileSync } from 'node:fs';
import { serve } from './serve.mjs';

const usualPaths = JSON.parse(readFileSync(new URL('../../browser/chromium-paths.json', import.meta.url), 'utf8'));
const executablePath = [process.env.REFLEXARC_CHROMIUM, ...usualPaths].find((path) => path && existsSync(path));

await serve('playwright-core', async ({ chromium }) => {
  if (!executablePath) throw new Error('there is no Chromium');
  const browser = await chromium.launch({
    executablePath,
    chromiumSandbox: process.getuid?.() !== 0,
    args: ['--disable-gpu', '--disable-background-networking', '--host-resolver-rules=MAP * ~NOTFOUND'],
  });
  const page = await browser.newPage();
  return {
    version: `Chromium ${browser.version()}`,
    close: () => browser.close(),
    prepare: (spec, frames) => prepare(page, spec, frames),
  };
});

async function prepare(page, spec, frames) {
  const formats = ['RGBA', 'RGBX', 'BGRA', 'BGRX', 'I420', 'I422', 'I444', 'NV12'];
  if (!formats.includes(spec.format)) return { unsupported: `it has no pictures of ${spec.format}` };
  // A canvas that scales takes no mean over what it leaves out.
  if (spec.filter !== 'bilinear') return { unsupported: `it has nothing like ${spec.filter}` };
  if (spec.layout !== 'nchw' || spec.dataType !== 'float32') return { unsupported: 'its loop makes float32 nchw' };
  await page.evaluate(inPage, {
    spec,
    count: frames.length,
    base64: Buffer.from(frames[0].buffer, frames[0].byteOffset, frames[0].byteLength).toString('base64'),
  });
  return {
    frames: frames.length,
    async run(frame) {
      const base64 = await page.evaluate((which) => globalThis.tensorOf(which), frame);
      return new Float32Array(Uint8Array.from(Buffer.from(base64, 'base64')).buffer);
    },
    time: (runs) => page.evaluate((times) => globalThis.timeRuns(times), runs),
  };
}

function inPage({ spec, base64, count }) {
  const { width, height, tensorWidth, tensorHeight, placement, pad, scale, format, colorSpace } = spec;
  for (const frame of globalThis.frames_ ?? []) frame.close();
  const data = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const init = { format, codedWidth: width, codedHeight: height, timestamp: 0 };
  globalThis.frames_ = Array.from(
    { length: count },
    () => new VideoFrame(data, { ...init, colorSpace: { matrix: 'smpte170m', fullRange: false, ...colorSpace } }),
  );
  const canvas = new OffscreenCanvas(tensorWidth, tensorHeight);
  const context = canvas.getContext('2d', { willReadFrequently: true, alpha: false });
  context.fillStyle = `rgb(${pad} ${pad} ${pad})`;
  context.fillRect(0, 0, tensorWidth, tensorHeight);
  const plane = tensorWidth * tensorHeight;
  const tensor = new Float32Array(3 * plane);
  const run = (frame) => {
    context.drawImage(frame, placement.left, placement.top, placement.width, placement.height);
    const rgba = context.getImageData(0, 0, tensorWidth, tensorHeight).data;
    for (let i = 0, from = 0; i < plane; i++, from += 4) {
      tensor[i] = rgba[from] * scale;
      tensor[i + plane] = rgba[from + 1] * scale;
      tensor[i + 2 * plane] = rgba[from + 2] * scale;
    }
  };
  let turn = 0;
  globalThis.tensorOf = (which) => {
    run(globalThis.frames_[which]);
    const bytes = new Uint8Array(tensor.buffer);
    let text = '';
    for (let at = 0; at < bytes.length; at += 32768) text += String.fromCharCode(...bytes.subarray(at, at + 32768));
    return btoa(text);
  };
  globalThis.timeRuns = (times) => {
    const ms = [];
    for (let i = -1; i < times; i++) {
      const start = performance.now();
      run(globalThis.frames_[turn++ % count]);
      if (i >= 0) ms.push(performance.now() - start);
    }
    // A page is not told how much processor it took.
    return { ms, cpuMs: ms };
  };
}
