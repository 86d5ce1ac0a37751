import { parseRuntimes } from 'reflexarc';

/** What the person at the kiosk has chosen. Remembered across reloads; the address of the page comes first. */
export interface Settings {
  source: 'synthetic' | 'camera' | 'file' | 'host';
  seed: number;
  width: number;
  height: number;
  frameRate: number;
  light: number;
  noise: number;
  speed: number;
  /** Of the camera; 0 and '' leave the choice to the browser. */
  deviceId: string;
  cameraWidth: number;
  cameraHeight: number;
  cameraRate: number;
  /** Address of a host; '' is the one that serves this page. */
  host: string;
  /** Name of a camera of the host; '' is its synthetic one. */
  camera: string;
  /** Runtimes of the host in order of preference, separated by commas, each with its device behind a colon or without. */
  runtime: string;
  deadlineMs: number;
  threads: number;
  /** Execution providers in order of preference. */
  provider: 'wasm' | 'webgpu' | 'webgpu,wasm';
  fit: 'contain' | 'cover';
  mirrored: boolean;
  desk: boolean;
  /** Whether single keys act; those who type by voice or slip easily do better without. */
  keys: boolean;
  /** Whether the page says what could be better where it stands. */
  hints: boolean;
  theme: 'auto' | 'light' | 'dark';
}

const storageKey = 'reflexarc.kiosk';

type Rule<T> = { usual: T; read(text: string): T | undefined };

const whole = (usual: number, low: number, high: number): Rule<number> => number(usual, low, high, true);

function number(usual: number, low: number, high: number, integer = false): Rule<number> {
  return {
    usual,
    read(text) {
      const value = Number(text);
      const fits = text.trim() !== '' && value >= low && value <= high && (!integer || Number.isInteger(value));
      return fits ? value : undefined;
    },
  };
}

function oneOf<const T extends string>(usual: T, ...others: T[]): Rule<T> {
  return { usual, read: (text) => [usual, ...others].find((known) => known === text) };
}

function runtimesOf(text: string): string | undefined {
  try {
    return parseRuntimes(text).join(',');
  } catch {
    return undefined;
  }
}

// Hosts listen on this machine alone.
function loopbackOrigin(text: string): string | undefined {
  if (text === '') return text;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url && /^https?:\/\/(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(url.origin) ? url.origin : undefined;
}

function yesOrNo(usual: boolean): Rule<boolean> {
  return {
    usual,
    read: (text) => (/^(1|true|yes|)$/.test(text) ? true : /^(0|false|no)$/.test(text) ? false : undefined),
  };
}

/** Least and greatest of the numbers that may be chosen. */
export const settingLimits = {
  seed: [0, 0xffffffff],
  frameRate: [1, 240],
  light: [0.2, 2],
  noise: [0, 32],
  speed: [0, 2000],
  deadlineMs: [1, 60_000],
} as const;

/** Runtimes that a host may have, the usual order of preference. */
export const hostRuntimes = ['openvino', 'onnx-native', 'onnx-web'] as const;

const rules: { [K in keyof Settings]: Rule<Settings[K]> } = {
  source: oneOf<Settings['source']>('synthetic', 'camera', 'file', 'host'),
  seed: whole(1, ...settingLimits.seed),
  width: whole(1280, 64, 4096),
  height: whole(720, 64, 4096),
  frameRate: number(30, ...settingLimits.frameRate),
  light: number(1, ...settingLimits.light),
  noise: number(2, ...settingLimits.noise),
  speed: number(300, ...settingLimits.speed),
  deviceId: { usual: '', read: (text) => text },
  cameraWidth: whole(0, 0, 16384),
  cameraHeight: whole(0, 0, 16384),
  cameraRate: number(0, 0, 240),
  host: { usual: '', read: loopbackOrigin },
  camera: { usual: '', read: (text) => text },
  runtime: { usual: hostRuntimes.join(','), read: runtimesOf },
  deadlineMs: number(100, ...settingLimits.deadlineMs),
  threads: whole(1, 1, 64),
  provider: oneOf<Settings['provider']>('wasm', 'webgpu', 'webgpu,wasm'),
  fit: oneOf<Settings['fit']>('contain', 'cover'),
  mirrored: yesOrNo(false),
  desk: yesOrNo(true),
  keys: yesOrNo(true),
  hints: yesOrNo(true),
  theme: oneOf<Settings['theme']>('auto', 'light', 'dark'),
};

/** With `source=camera`, plain `width`, `height` and `frameRate` in the address are the camera's. */
const cameraNames: Readonly<Record<string, keyof Settings>> = {
  width: 'cameraWidth',
  height: 'cameraHeight',
  frameRate: 'cameraRate',
};

/** What a page starts with. */
export interface Opening {
  settings: Settings;
  /** True where the address asks to start at once. */
  autostart: boolean;
  /** Parts of the address that mean nothing here, as `name=value`. */
  ignored: string[];
}

/**
 * Reads the settings from the page's address, then from what was stored, then from the defaults.
 * @param search The address's query. @param stored What {@link serializeSettings} made, or anything else.
 */
export function readSettings(search: string, stored: string | null): Opening {
  const settings = Object.fromEntries(
    Object.entries(rules).map(([name, { usual }]) => [name, usual]),
  ) as never as Settings;
  const remembered = parseStored(stored);
  for (const name of Object.keys(rules) as (keyof Settings)[]) {
    if (name in remembered) assign(settings, name, String(remembered[name]));
  }
  const query = new URLSearchParams(search);
  const ignored: string[] = [];
  const camera = query.get('source') === 'camera';
  for (const [name, text] of query) {
    if (name === 'autostart') continue;
    const known = camera && Object.hasOwn(cameraNames, name) ? cameraNames[name] : name;
    if (!Object.hasOwn(rules, known) || !assign(settings, known as keyof Settings, text))
      ignored.push(`${name}=${text}`);
  }
  // A file cannot be opened without the person.
  if (settings.source === 'file') {
    settings.source = 'synthetic';
    if (query.get('source') === 'file') ignored.push('source=file');
  }
  const autostart = query.has('autostart') && yesOrNo(false).read(query.get('autostart') ?? '') === true;
  return { settings, autostart, ignored };
}

/** Settings as a text for the page's storage. */
export function serializeSettings(settings: Settings): string {
  return JSON.stringify(settings);
}

/** Remembers settings where the browser allows it. */
export function storeSettings(settings: Settings): void {
  try {
    localStorage.setItem(storageKey, serializeSettings(settings));
  } catch {
    // A private window may have no storage; the kiosk then starts with its defaults next time.
  }
}

/** What {@link storeSettings} remembered. */
export function storedSettings(): string | null {
  try {
    return localStorage.getItem(storageKey);
  } catch {
    return null;
  }
}

function assign<K extends keyof Settings>(settings: Settings, name: K, text: string): boolean {
  const value = rules[name].read(text);
  if (value === undefined) return false;
  settings[name] = value;
  return true;
}

function parseStored(stored: string | null): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(stored ?? '{}');
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
