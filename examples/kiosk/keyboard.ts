import { byId, make } from './dom.js';

/** A key, what it does, and how the sheet says it. */
export interface KeyBinding {
  key: string;
  /** As it stands on the keyboard, where that differs. */
  name?: string;
  does: string;
  run(): void;
}

/**
 * Listens to keys that nothing else on the page takes, and lists them in the sheet.
 * @param enabled Asked at each key: single keys can be switched off (WCAG 2.1.4).
 */
export function bindKeys(bindings: readonly KeyBinding[], enabled: () => boolean): void {
  byId('keys', HTMLDListElement).replaceChildren(
    ...bindings.flatMap(({ key, name, does }) => [
      make('dt', {}, make('kbd', {}, name ?? key.toUpperCase())),
      make('dd', {}, does),
    ]),
  );
  document.addEventListener('keydown', (event) => {
    if (!enabled() || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    const { target } = event;
    // A dialog that closed a moment ago may still hold the focus; nobody types into what cannot be seen.
    const seen = target instanceof HTMLElement && target.checkVisibility();
    const typing = seen && target.closest('input, select, textarea, dialog[open]');
    // A focused button keeps its own keys.
    const pressing =
      target instanceof HTMLElement && target.closest('button, summary') && /^( |Enter)$/.test(event.key);
    if (typing || pressing) return;
    const binding = bindings.find(({ key }) => key === event.key.toLowerCase());
    if (!binding) return;
    event.preventDefault();
    binding.run();
  });
}
