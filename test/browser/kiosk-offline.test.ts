import { expect, it } from 'vitest';
import { launchChromium } from './chromium.js';
import { describeKiosk } from './describe-kiosk.js';
import { kioskPath } from './kiosk-site.js';
import { serveSite } from './site-server.js';

describeKiosk('kiosk: offline', (kiosks) => {
  it('starts without a network once it has been there', async () => {
    await using browser = await launchChromium();
    const gone = await serveSite({ folder: kiosks.folder, isolated: true });
    await using kiosk = await kiosks.open('', { browser, site: gone });
    await kiosk.page.keyboard.press('?');
    await kiosk.page.locator('#about:text-matches("^Works without a network")').waitFor();
    await gone.close();
    await browser.context.setOffline(true);
    await kiosk.page.goto(`${gone.origin}${kioskPath}?autostart=1`);
    await kiosk.running();
    expect(await kiosk.fact('Isolated')).toBe('yes');
    expect(await kiosk.fact('Self-test')).toBe('passed');
    expect(kiosk.complaints).toEqual([]);
  });
});
