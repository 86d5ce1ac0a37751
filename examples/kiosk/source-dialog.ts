import {
  type HostInfo,
  listCameras,
  parseRuntimes,
  type RuntimeChoice,
  type RuntimeId,
  resolveRuntime,
} from 'reflexarc';
import { byId, focusChecked, make, setText } from './dom.js';
import type { HostLink } from './host-link.js';
import { hostRuntimes, type Settings, settingLimits } from './settings.js';

const sizes = ['640x360', '640x480', '960x540', '1280x720', '1920x1080'];
/** How the value of each slider is written. */
const sliderTexts: Readonly<Record<string, (value: number) => string>> = {
  light: (value) => `${Math.round(value * 100)} %`,
  noise: (value) => (value === 0 ? 'none' : `± ${value}`),
  speed: (value) => `${value} px/s`,
};
const runtimeNames: Record<RuntimeId, string> = {
  openvino: 'OpenVINO',
  'onnx-native': 'ONNX Runtime',
  'onnx-web': 'WebAssembly',
};
const automatic = 'Automatic';
const rates = [10, 15, 24, 25, 30, 50, 60];

/** What the person chose: settings, and a file where the source is one. */
export interface SourceChoice {
  settings: Settings;
  file: File | undefined;
}

/** The dialog in which a source is chosen. */
export class SourceDialog {
  readonly #dialog = byId('source-dialog', HTMLDialogElement);
  readonly #form = byId('source-form', HTMLFormElement);
  #settings: Settings | undefined;
  readonly #host: HostLink;
  #file: File | undefined;

  /** @param host that may serve this page. @param chosen Called when the person has decided. */
  constructor(host: HostLink, chosen: (choice: SourceChoice) => void) {
    this.#host = host;
    for (const [setting, [least, most]] of Object.entries(settingLimits)) {
      const field = this.#field(setting === 'frameRate' ? 'syntheticRate' : setting) as HTMLInputElement;
      field.min = `${least}`;
      field.max = `${most}`;
    }
    this.#form.addEventListener('change', () => this.#reveal());
    this.#form.addEventListener('input', () => this.#showValues());
    this.#field('file').addEventListener('change', () => {
      this.#file = (this.#field('file') as HTMLInputElement).files?.[0] ?? this.#file;
      this.#reveal();
    });
    this.#dialog.addEventListener('close', () => {
      if (this.#dialog.returnValue === 'apply') chosen(this.#read());
    });
    navigator.mediaDevices?.addEventListener('devicechange', () => {
      if (this.#dialog.open) void this.#listCameras();
    });
  }

  /** Opens the dialog with these settings. */
  open(settings: Settings, file: File | undefined): void {
    this.#settings = settings;
    this.#file = file;
    const { width, height, cameraWidth, cameraHeight, cameraRate } = settings;
    fillSizes(this.#field('syntheticSize'), `${width}x${height}`);
    fillSizes(
      this.#field('cameraSize'),
      cameraWidth > 0 || cameraHeight > 0 ? `${cameraWidth}x${cameraHeight}` : '',
      automatic,
    );
    fill(this.#field('cameraRate'), [
      ['0', automatic],
      ...[...new Set([...rates, cameraRate])].filter((rate) => rate > 0).map((rate) => [`${rate}`, `${rate}`] as const),
    ]);
    fill(this.#field('threads'), threadChoices(settings.threads));
    this.#set('source', settings.source);
    for (const name of [
      'seed',
      'light',
      'noise',
      'speed',
      'deadlineMs',
      'cameraRate',
      'threads',
      'provider',
    ] as const) {
      this.#set(name, `${settings[name]}`);
    }
    this.#set('syntheticRate', `${settings.frameRate}`);
    this.#reveal();
    void this.#listCameras();
    byId('host-choice', HTMLElement).hidden = settings.source !== 'host';
    void this.#askHost(settings);
    this.#dialog.returnValue = '';
    this.#dialog.showModal();
    focusChecked(this.#form, 'source');
  }

  async #listCameras(): Promise<void> {
    const chosen = this.#settings?.deviceId ?? '';
    const cameras = await listCameras().catch(() => []);
    const named = cameras.filter(({ deviceId }) => deviceId !== '');
    fill(this.#field('deviceId'), [
      ['', automatic],
      ...named.map(({ deviceId, label }, i) => [deviceId, label || `Camera ${i + 1}`] as const),
      ...(chosen && !named.some(({ deviceId }) => deviceId === chosen) ? [[chosen, 'Not connected now'] as const] : []),
    ]);
    this.#set('deviceId', chosen);
    setText(
      byId('camera-hint', HTMLElement),
      cameras.length === 0
        ? 'No camera found. Connect one; it appears here at once.'
        : named.some(({ label }) => label)
          ? ''
          : 'Cameras get their names once this page may use one.',
    );
  }

  // The host says what it has; without one, only what was chosen before can be kept.
  async #askHost(settings: Settings): Promise<void> {
    this.#listOfHost(settings, undefined);
    const host = await this.#host.find(settings);
    if (this.#settings !== settings) return;
    this.#listOfHost(settings, host?.info);
    byId('host-choice', HTMLElement).hidden = !host && settings.source !== 'host';
    setText(
      byId('host-hint', HTMLElement),
      host
        ? `${this.#host.place}, reflexarc ${host.info.version}`
        : 'No host takes this page: see reflexarc host --open.',
    );
  }

  #listOfHost({ camera, runtime }: Settings, info: HostInfo | undefined): void {
    const cameras = info?.cameras ?? [];
    const absent = (id: string) => info?.runtimes.some((known) => known.id === id && known.status !== 'works');
    fill(this.#field('camera'), [
      ...cameras.map(({ name, state }) => [name, state === 'lost' ? `${name}: not connected now` : name] as const),
      ['', 'Synthetic conveyor'],
      ...(camera && !cameras.some(({ name }) => name === camera)
        ? [[camera, `${camera}: not there now`] as const]
        : []),
    ]);
    this.#set('camera', camera);
    const lists = [...new Set([hostRuntimes.join(','), ...hostRuntimes, runtime])];
    fill(
      this.#field('runtime'),
      lists.map((list) => {
        const choices = parseRuntimes(list);
        const name = choices.map(nameOf).join(', else ');
        const missing = choices.every((choice) => absent(resolveRuntime(choice).runtime));
        return [list, missing ? `${name}: not on this host` : name] as const;
      }),
    );
    this.#set('runtime', runtime);
  }

  #read(): SourceChoice {
    // Questions that are not shown keep their answers.
    const text = (name: string) => (this.#form.elements.namedItem(name) as RadioNodeList | HTMLInputElement).value;
    const size = (name: string) => text(name).split('x').map(Number);
    const settings = { ...(this.#settings as Settings) };
    settings.source = text('source') as Settings['source'];
    for (const name of ['seed', 'light', 'noise', 'speed', 'deadlineMs', 'cameraRate', 'threads'] as const) {
      settings[name] = Number(text(name));
    }
    settings.provider = text('provider') as Settings['provider'];
    [settings.width, settings.height] = size('syntheticSize');
    settings.frameRate = Number(text('syntheticRate'));
    settings.deviceId = text('deviceId');
    settings.camera = text('camera');
    settings.runtime = text('runtime');
    [settings.cameraWidth, settings.cameraHeight] = text('cameraSize') ? size('cameraSize') : [0, 0];
    return { settings, file: this.#file };
  }

  // Shows the questions of the chosen kind, and asks nothing of the others.
  #reveal(): void {
    const data = new FormData(this.#form);
    const chosen = data.get('source') as string;
    // A host without a camera has a conveyor of its own.
    const kind = chosen === 'host' && data.get('camera') === '' ? 'host-synthetic' : chosen;
    for (const group of this.#form.querySelectorAll<HTMLElement>('[data-for]')) {
      group.hidden = !(group.dataset.for as string).split(' ').includes(kind);
      for (const input of group.querySelectorAll<HTMLInputElement>('input[type="number"]'))
        input.disabled = group.hidden;
    }
    (this.#field('file') as HTMLInputElement).required = kind === 'file' && this.#file === undefined;
    this.#showValues();
    setText(byId('file-name', HTMLElement), this.#file?.name ?? 'Choose a picture or a video');
  }

  // A slider alone does not say where it stands.
  #showValues(): void {
    for (const [name, say] of Object.entries(sliderTexts)) {
      setText(byId(`${name}-value`, HTMLOutputElement), say(Number(this.#field(name).value)));
    }
  }

  #field(name: string): HTMLInputElement | HTMLSelectElement {
    return this.#form.elements.namedItem(name) as HTMLInputElement | HTMLSelectElement;
  }

  #set(name: string, value: string): void {
    (this.#form.elements.namedItem(name) as RadioNodeList | HTMLInputElement).value = value;
  }
}

function fillSizes(select: HTMLInputElement | HTMLSelectElement, chosen: string, none?: string): void {
  const all = [...new Set([...sizes, chosen])].filter((size) => size !== '');
  fill(select, [
    ...(none === undefined ? [] : [['', none] as const]),
    // A side of 0 is left to the camera.
    ...all.map((size) => [size, size.replace(/\b0\b/, 'any').replace('x', ' × ')] as const),
  ]);
  select.value = chosen;
}

function fill(select: Element, options: readonly (readonly [value: string, text: string])[]): void {
  select.replaceChildren(...options.map(([value, text]) => make('option', { value }, text)));
}

function threadChoices(chosen: number): (readonly [string, string])[] {
  if (!crossOriginIsolated) return [[`${chosen}`, '1: this page is not isolated']];
  const most = Math.max(1, navigator.hardwareConcurrency - 1);
  const counts = new Set([1, 2, 4, 8, most, chosen].filter((count) => count <= Math.max(most, chosen)));
  return [...counts].sort((a, b) => a - b).map((count) => [`${count}`, `${count}`] as const);
}

function nameOf(choice: RuntimeChoice): string {
  const { runtime, device } = resolveRuntime(choice);
  return device === undefined ? runtimeNames[runtime] : `${runtimeNames[runtime]} on ${device}`;
}
