import type { PipelinePhase, SerializedError } from 'reflexarc';
import { byId, flag, make, setText } from './dom.js';
import { type Action, explain, technicalText } from './failure.js';
import type { Settings } from './settings.js';

const actionNames: Record<Action | 'start', string> = {
  start: 'Start',
  retry: 'Try again',
  source: 'Choose a source',
  model: 'Choose a model',
  synthetic: 'Use the synthetic source',
  'built-in': 'Use the built-in model',
  wasm: 'Run on the processor',
  reload: 'Load the page again',
};

const steps: Record<PipelinePhase, string> = {
  source: 'Opening the source',
  model: 'Loading the model',
  compile: 'Preparing the model',
  golden: 'Testing the model on its sample',
  'warm-up': 'Warming up',
  ready: 'Ready',
};

/** What stands over the picture: an invitation, the steps of starting, a failure, or a short message. */
export class Notice {
  readonly #app = byId('app', HTMLElement);
  readonly #box = byId('notice', HTMLElement);
  readonly #progress = byId('progress', HTMLElement);
  readonly #toast = byId('toast', HTMLElement);
  readonly #act: (action: Action | 'start') => void;
  #toastTimer = 0;
  #held: string | undefined;

  /** @param act Called with what the person chose. */
  constructor(act: (action: Action | 'start') => void) {
    this.#act = act;
  }

  /** Invites to start. */
  invite(title: string, text: string): void {
    this.#fill('invitation', title, text, undefined, ['start', 'source'], undefined);
  }

  /** Says what went wrong and what to do. */
  fail(error: SerializedError, source: Settings['source']): void {
    const { title, text, remedy, actions } = explain(error, source);
    this.#fill('failure', title, text, remedy, actions, technicalText(error));
  }

  /** Shows how far starting has come. */
  step(phase: PipelinePhase): void {
    this.clear();
    if (phase === 'ready') return;
    const names = Object.keys(steps).filter((name) => name !== 'ready') as PipelinePhase[];
    const at = names.indexOf(phase);
    byId('progress-steps', HTMLElement).replaceChildren(
      ...names.map((name, i) => {
        const step = make('li', {}, steps[name]);
        if (i < at) step.setAttribute('data-done', '');
        if (i === at) step.setAttribute('aria-current', 'step');
        return step;
      }),
    );
    this.#progress.hidden = false;
  }

  /** Shows only the picture. */
  clear(): void {
    this.#box.hidden = true;
    this.#progress.hidden = true;
    flag(this.#app, 'data-notice', false);
  }

  /** Says something for a few seconds, without being in the way. */
  toast(text: string, ms = 6000): void {
    this.#toast.hidden = false;
    setText(this.#toast, text);
    clearTimeout(this.#toastTimer);
    this.#toastTimer = window.setTimeout(() => this.#release(), ms);
  }

  /** Says something for as long as it is so; without a text, it is so no more. */
  hold(text?: string): void {
    if (text === this.#held) return;
    this.#held = text;
    clearTimeout(this.#toastTimer);
    this.#release();
  }

  // What a message covered shows again.
  #release(): void {
    this.#toast.hidden = this.#held === undefined;
    if (this.#held !== undefined) setText(this.#toast, this.#held);
  }

  #fill(
    kind: 'invitation' | 'failure',
    title: string,
    text: string,
    remedy: string | undefined,
    actions: readonly (Action | 'start')[],
    technical: string | undefined,
  ): void {
    this.#progress.hidden = true;
    this.#box.dataset.kind = kind;
    byId('notice-icon', SVGUseElement).setAttribute('href', kind === 'failure' ? '#i-warning' : '#i-logo');
    setText(byId('notice-title', HTMLElement), title);
    setText(byId('notice-text', HTMLElement), text);
    const hint = byId('notice-remedy', HTMLElement);
    hint.hidden = remedy === undefined;
    setText(hint, remedy ?? '');
    byId('notice-actions', HTMLElement).replaceChildren(
      ...actions.map((action, i) => {
        const button = make(
          'button',
          { type: 'button', class: i === 0 ? 'primary' : 'secondary' },
          actionNames[action],
        );
        button.addEventListener('click', () => this.#act(action));
        return button;
      }),
    );
    byId('notice-details', HTMLDetailsElement).hidden = technical === undefined;
    setText(byId('notice-technical', HTMLElement), technical ?? '');
    this.#box.setAttribute('role', kind === 'failure' ? 'alert' : 'region');
    this.#box.hidden = false;
    flag(this.#app, 'data-notice', true);
  }
}
