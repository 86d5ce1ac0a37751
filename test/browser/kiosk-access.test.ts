import { expect, it } from 'vitest';
import { describeKiosk } from './describe-kiosk.js';
import { kioskPath } from './kiosk-site.js';
import { serveSite } from './site-server.js';

const colours = ['text', 'muted', 'accent', 'on-accent', 'warn', 'alarm', 'good', 'line', 'surface', 'raised'];

describeKiosk('kiosk: access', (kiosks) => {
  it('has a name for everything that can be pressed or filled in, and lists its keys', async () => {
    await using kiosk = await kiosks.open();
    const session = await kiosk.page.context().newCDPSession(kiosk.page);
    const roles = new Set([
      'button',
      'textbox',
      'combobox',
      'slider',
      'spinbutton',
      'radio',
      'dialog',
      'main',
      'region',
    ]);
    for (const key of ['Escape', 's', 'o', '?']) {
      await kiosk.page.keyboard.press(key);
      const { nodes } = await session.send('Accessibility.getFullAXTree');
      const unnamed = nodes.filter(({ role, name, ignored }) => !ignored && roles.has(role?.value) && !name?.value);
      expect(unnamed.map(({ role, nodeId }) => [key, role?.value, nodeId])).toEqual([]);
      await kiosk.page.keyboard.press('Escape');
    }
    await kiosk.page.keyboard.press('?');
    expect(await kiosk.page.locator('#keys dt').allTextContents()).toEqual([
      'Space',
      'S',
      'O',
      'F',
      'C',
      'M',
      'R',
      'T',
      '?',
    ]);
  });

  it('lets single keys be switched off, and remembers it', async () => {
    await using kiosk = await kiosks.open();
    const { page } = kiosk;
    const mirror = page.locator('#mirror-button');
    const pressed = async () => {
      await page.keyboard.press('m');
      return [await mirror.getAttribute('aria-pressed'), await mirror.getAttribute('aria-label')];
    };
    expect(await pressed()).toEqual(['true', 'Mirror the picture (M)']);
    await page.keyboard.press('?');
    await page.getByRole('checkbox', { name: 'Shortcuts of a single key' }).press('Space');
    await page.keyboard.press('Escape');
    expect(await pressed()).toEqual(['true', 'Mirror the picture']);
    await page.reload();
    await kiosk.notice('Ready');
    expect(await pressed()).toEqual(['true', 'Mirror the picture']);
    for (const key of ['?', 's', 'Space']) await page.keyboard.press(key);
    expect(await page.locator('dialog[open]').count()).toBe(0);
    expect(await kiosk.status.textContent()).toBe('Stopped');
    await page.goto(`${kiosks.site.origin}${kioskPath}?keys=1`);
    expect(await pressed()).toEqual(['false', 'Mirror the picture (M)']);
    await page.goto(`${kiosks.site.origin}${kioskPath}?keys=0`);
    expect(await pressed()).toEqual(['false', 'Mirror the picture']);
    // Switched on again without a key, through the button.
    await page.locator('#help-button').click();
    await page.getByRole('checkbox', { name: 'Shortcuts of a single key' }).click();
    await page.keyboard.press('Escape');
    expect(await pressed()).toEqual(['true', 'Mirror the picture (M)']);
  });

  it('takes the keyboard from dialog to dialog, and each begins where its first question is answered', async () => {
    await using kiosk = await kiosks.open();
    const focused = () =>
      kiosk.page.evaluate(() => {
        const { activeElement: at } = document;
        return [at?.closest('dialog')?.id, at?.getAttribute('value')];
      });
    for (const [key, ...expected] of [
      ['s', 'source-dialog', 'synthetic'],
      ['o', 'model-dialog', 'built-in'],
    ]) {
      await kiosk.page.keyboard.press(key);
      expect(await focused()).toEqual(expected);
      await kiosk.page.keyboard.press('ArrowRight');
      await kiosk.page.keyboard.press('Escape');
    }
  });

  it('takes the keyboard through its controls in the order in which they stand', async () => {
    await using kiosk = await kiosks.open();
    const seen: (string | undefined)[] = [];
    for (let i = 0; i < 9; i++) {
      await kiosk.page.keyboard.press('Tab');
      seen.push(await kiosk.page.evaluate(() => document.activeElement?.id));
    }
    expect(seen).toEqual([
      'source-button',
      'model-button',
      'fit-button',
      'mirror-button',
      'desk-button',
      'theme-button',
      'screen-button',
      'help-button',
      'start-button',
    ]);
  });

  it.each(['dark', 'light'] as const)(
    'can be read: the contrast of its %s colours is that of WCAG AA',
    async (scheme) => {
      await using kiosk = await kiosks.open();
      await kiosk.page.emulateMedia({ colorScheme: scheme });
      const luminances = await kiosk.page.evaluate((names) => {
        const probe = document.body.appendChild(document.createElement('i'));
        const luminance = (name: string) => {
          probe.style.color = `var(--${name})`;
          const [r, g, b] = (getComputedStyle(probe).color.match(/[\d.]+/g) ?? []).map((part) => {
            const value = Number(part) / 255;
            return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
          });
          return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        return Object.fromEntries(names.map((name) => [name, luminance(name)]));
      }, colours);
      const contrast = (a: string, b: string) => {
        const [low, high] = [luminances[a], luminances[b]].sort((x, y) => x - y);
        return (high + 0.05) / (low + 0.05);
      };
      for (const text of ['text', 'muted', 'accent', 'warn', 'alarm']) {
        for (const ground of ['surface', 'raised']) {
          expect(contrast(text, ground), `${text} on ${ground}`).toBeGreaterThanOrEqual(4.5);
        }
      }
      expect(contrast('on-accent', 'accent')).toBeGreaterThanOrEqual(4.5);
      expect(contrast('line', 'surface')).toBeGreaterThanOrEqual(3);
      expect(contrast('good', 'surface')).toBeGreaterThanOrEqual(3);
    },
  );

  it('turns light and dark, hides its readings and fills the window', async () => {
    await using kiosk = await kiosks.open();
    const ground = () => kiosk.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    await kiosk.page.emulateMedia({ colorScheme: 'dark' });
    const dark = await ground();
    await kiosk.page.emulateMedia({ colorScheme: 'light' });
    const light = await ground();
    expect(light).not.toBe(dark);
    await kiosk.page.keyboard.press('t');
    expect(await ground()).toBe(light);
    await kiosk.page.keyboard.press('t');
    expect(await ground()).toBe(dark);
    await kiosk.page.keyboard.press('r');
    expect(await kiosk.page.locator('#desk').isVisible()).toBe(false);
    await kiosk.page.keyboard.press('c');
    const stage = await kiosk.page.locator('#stage').boundingBox();
    expect(stage).toEqual({ x: 0, y: 0, ...kiosk.page.viewportSize() });
  });

  it.each([
    [390, 844],
    [844, 390],
    [768, 1024],
    [1024, 768],
    [1440, 900],
    [1920, 1080],
  ])('fits %i × %i', async (width, height) => {
    await using kiosk = await kiosks.open();
    await kiosk.page.setViewportSize({ width, height });
    const overflow = await kiosk.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(overflow).toBeLessThanOrEqual(0);
    for (const id of ['start-button', 'stage', 'source-dialog']) {
      if (id === 'source-dialog') await kiosk.page.keyboard.press('s');
      const box = await kiosk.page.locator(`#${id}`).boundingBox();
      expect(box, id).not.toBeNull();
      expect((box?.x ?? -1) >= 0 && (box?.x ?? 0) + (box?.width ?? 0) <= width, id).toBe(true);
    }
  });

  it.each([
    [1280, 800, 'contain'],
    [1280, 800, 'cover'],
    [844, 390, 'contain'],
  ])('lets no part cover another at %i × %i, %s', async (width, height, fit) => {
    await using plain = await serveSite({ folder: kiosks.folder });
    await using kiosk = await kiosks.open(`?fit=${fit}`, { site: plain });
    await kiosk.page.setViewportSize({ width, height });
    const boxes = await kiosk.page.evaluate(() =>
      ['start-button', 'isolation', 'stage', 'desk'].map((id) => {
        const { left, right, top, bottom } = (document.getElementById(id) as HTMLElement).getBoundingClientRect();
        return { id, left, right, top, bottom };
      }),
    );
    // A picture that fills the screen lies behind the others.
    const shown = boxes.filter(({ id }) => fit === 'contain' || id !== 'stage');
    const covering = shown.flatMap((a, i) =>
      shown
        .slice(i + 1)
        .filter((b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)
        .map((b) => [a.id, b.id]),
    );
    expect(covering).toEqual([]);
    if (width > 900) expect(boxes.find(({ id }) => id === 'desk')?.bottom).toBe(height);
  });
});
