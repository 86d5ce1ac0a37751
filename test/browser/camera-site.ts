import { fakeCamera } from '../bench/page/fake-camera.js';
import { type Chromium, launchChromium } from './chromium.js';
import { type Site, serveSite } from './site-server.js';

/** The isolated test site, and a Chromium with a fake camera. The caller closes it. */
export interface CameraSite {
  readonly chromium: Chromium;
  readonly site: Site;
  close(): Promise<void>;
}

/** Opens the site with a camera of `width` × `height` px. */
export async function openCameraSite(width: number, height: number): Promise<CameraSite> {
  const camera = fakeCamera(width, height);
  const chromium = await launchChromium(camera.flags);
  const site = await serveSite({ isolated: true });
  const close = async () => {
    await site.close();
    await chromium.close();
    camera.remove();
  };
  return { chromium, site, close };
}
