import { builtInModel, type ModelChoice, ownModel } from './definition.js';
import { byId, focusChecked, setText } from './dom.js';

/** The dialog in which a model is chosen. */
export class ModelDialog {
  readonly #dialog = byId('model-dialog', HTMLDialogElement);
  readonly #form = byId('model-form', HTMLFormElement);
  #file: File | undefined;

  /** @param chosen Called when the person has decided. */
  constructor(chosen: (model: ModelChoice) => void) {
    this.#form.addEventListener('change', ({ target }) => {
      // The input keeps its file when another one is dropped: it counts only when it changes itself.
      if (target === this.#input) this.#file = this.#input.files?.[0] ?? this.#file;
      this.#reveal();
    });
    this.#dialog.addEventListener('close', () => {
      if (this.#dialog.returnValue !== 'apply') return;
      const data = new FormData(this.#form);
      const own = data.get('model') === 'own' && this.#file;
      const preset = data.get('preset') === 'classification' ? 'classification' : 'yolox';
      chosen(own ? ownModel(own, preset, String(data.get('labels')), String(data.get('reject'))) : builtInModel);
    });
  }

  /** Opens the dialog. @param file A model that was dropped. @param remark What is to be said of what came with it. */
  open(model: ModelChoice, file?: File, remark = ''): void {
    setText(byId('model-hint', HTMLElement), remark);
    if (file) {
      this.#file = file;
      // Choosing the same file as before is a change again.
      this.#input.value = '';
    }
    const own = file !== undefined || model !== builtInModel;
    (this.#form.elements.namedItem('model') as RadioNodeList).value = own ? 'own' : 'built-in';
    this.#reveal();
    this.#dialog.returnValue = '';
    if (!this.#dialog.open) this.#dialog.showModal();
    focusChecked(this.#form, 'model');
  }

  get #input(): HTMLInputElement {
    return this.#form.elements.namedItem('file') as HTMLInputElement;
  }

  #reveal(): void {
    const own = new FormData(this.#form).get('model') === 'own';
    for (const group of this.#form.querySelectorAll<HTMLElement>('[data-for]')) group.hidden = !own;
    this.#input.required = own && this.#file === undefined;
    setText(byId('model-file-name', HTMLElement), this.#file?.name ?? 'Choose an .onnx file');
  }
}
