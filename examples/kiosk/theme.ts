import type { Settings } from './settings.js';

const order = ['auto', 'light', 'dark'] as const;

/** Shows the page light, dark, or as the system asks for. Calls `changed` whenever the colours have changed. */
export class Theme {
  readonly #changed: () => void;

  constructor(changed: () => void) {
    this.#changed = changed;
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', changed);
  }

  apply(theme: Settings['theme']): void {
    if (theme === 'auto') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    this.#changed();
  }

  /** The choice after this one. */
  next(theme: Settings['theme']): Settings['theme'] {
    return order[(order.indexOf(theme) + 1) % order.length];
  }
}
