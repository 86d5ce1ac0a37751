import {
  createPipeline,
  type Pipeline,
  type PipelineOptions,
  type PlacedPipeline,
  type Result,
  serializeError,
} from 'reflexarc';
import { builtInModel, definitionOf, describeSource, lineOf, type ModelChoice } from './definition.js';
import { Desk, knownP99 } from './desk.js';
import { byId, flag, setText } from './dom.js';
import { takeDrops } from './drop.js';
import type { Action } from './failure.js';
import { type Trouble, troubleAfter } from './health.js';
import { HostLink } from './host-link.js';
import { HostPicture } from './host-picture.js';
import { bindKeys } from './keyboard.js';
import { ModelDialog } from './model-dialog.js';
import { Notice } from './notice.js';
import { Offline } from './offline.js';
import { Picture } from './picture.js';
import { RecentRate } from './recent-rate.js';
import { toggleFullScreen, WakeLock } from './screen.js';
import { readSettings, type Settings, storedSettings, storeSettings } from './settings.js';
import { SourceDialog } from './source-dialog.js';
import { StripChart } from './strip-chart.js';
import { Tally } from './tally.js';
import { Theme } from './theme.js';

type State = 'stopped' | 'starting' | 'running' | 'stopping' | 'failed';

const stateNames: Record<State, string> = {
  stopped: 'Stopped',
  starting: 'Starting …',
  running: 'Running',
  stopping: 'Stopping …',
  failed: 'Stopped by a failure',
};

/** ms between two updates of the numbers: faster than this nobody reads. */
const readingsMs = 250;

const app = byId('app', HTMLElement);
const opening = readSettings(location.search, storedSettings());
let settings: Settings = opening.settings;
let model: ModelChoice = builtInModel;
let file: File | undefined;
let state: State = 'stopped';
/** Why the last run has come to its end, where there is more to say than that it has. */
let farewell: string | undefined;
let running: { controller: AbortController; ended: Promise<void> } | undefined;
/** What the source turned out to be: a camera's name, its real size. */
let sourceDetail: string | undefined;

const picture = new Picture(byId('picture', HTMLElement), byId('overlay', HTMLCanvasElement));
const desk = new Desk();
const chart = new StripChart(byId('chart', HTMLElement));
const theme = new Theme(() => chart.recolor());
const wakeLock = new WakeLock();
const offline = new Offline(({ ready, problem }) => {
  const text = ready ? 'Works without a network.' : 'Not available offline.';
  const why = problem === undefined ? '' : ` ${problem[0].toUpperCase()}${problem.slice(1)}.`;
  desk.offline(ready, text + why);
  setText(byId('about', HTMLElement), `${text}${why} Pictures, models and results stay on this device.`);
});
const notice = new Notice(act);
const hostLink = new HostLink((hostState) =>
  desk.host(settings.source === 'host' ? hostState : undefined, hostLink.place),
);
const sourceDialog = new SourceDialog(hostLink, (choice) => {
  file = choice.file;
  change(choice.settings, true);
});
const modelDialog = new ModelDialog((chosen) => {
  model = chosen;
  void restart();
});

/** Runs one arc from start to end, and shows what comes of it. Never rejects. */
async function run({ signal }: AbortController): Promise<void> {
  const { deadlineMs, source } = settings;
  const tally = new Tally(model.reject);
  sourceDetail = undefined;
  farewell = undefined;
  chart.reset(deadlineMs);
  desk.begin(deadlineMs);
  desk.host(source === 'host' ? hostLink.state : undefined, hostLink.place);
  desk.tally(tally);
  enter('starting');
  wakeLock.hold();
  let pipeline: Pipeline | PlacedPipeline | undefined;
  let readings = 0;
  let trouble: Trouble | undefined;
  try {
    pipeline = await open(source, {
      signal,
      onProgress: (phase) => notice.step(phase),
      onEvent(event) {
        tally.event(event);
        if (event.type === 'reject') desk.reject(event);
      },
      // A frame that went with its worker is told by the trouble itself.
      onFault: ({ error }) => error.code !== 'ERR_DEVICE_LOST' && notice.toast(error.message),
      onHealth(health) {
        trouble = troubleAfter(trouble, health, source);
        flag(app, 'data-trouble', trouble !== undefined);
        setText(byId('status', HTMLElement), trouble?.status ?? stateNames[state]);
        notice.hold(trouble?.text);
        if (health.type === 'ended') farewell = health.message;
        if (health.type === 'fallback') notice.toast(`The host went over from ${health.from} to ${health.to}.`, 12_000);
      },
    });
    enter('running');
    const opened = pipeline;
    if (source !== 'host' && opened.info.runtime.device === 'gpu') void offline.usesGraphics();
    const rate = new RecentRate();
    const update = () => {
      const stats = opened.stats;
      chart.p99 = knownP99(stats.stages.total) ?? 0;
      desk.stats(stats, opened, rate.value);
      desk.tally(tally);
    };
    readings = window.setInterval(update, readingsMs);
    for await (const result of pipeline.run({ signal })) {
      const time = performance.now();
      rate.count(time);
      tally.add(result);
      chart.add(result.spans.total, time);
      follow(result);
    }
    update();
    enter('stopped');
  } catch (error) {
    if (signal.aborted) enter('stopped');
    else {
      enter('failed');
      notice.fail(serializeError(error), source);
    }
  } finally {
    clearInterval(readings);
    flag(app, 'data-trouble', false);
    notice.hold();
    await pipeline?.close().catch((error) => notice.toast(serializeError(error).message));
    desk.end(pipeline?.stats);
    wakeLock.release();
    picture.clear();
    showNames();
  }
}

/** Opens the pipeline that settings and model ask for, with its picture and the layer over it. */
async function open(source: Settings['source'], options: PipelineOptions): Promise<Pipeline | PlacedPipeline> {
  const definition = definitionOf(settings, model);
  if (source !== 'host') {
    const shown = await show(source);
    const sinks = [picture.overlay(lineOf(model))];
    return createPipeline(definition, { ...options, ...shown, sinks, models: model.files });
  }
  const host = await hostLink.connect(settings);
  options.signal?.throwIfAborted();
  const canvas = picture.canvas();
  const shown = new HostPicture(canvas, picture.overlay(lineOf(model)));
  return host.createPipeline(definition, {
    ...options,
    sinks: [shown],
    preview: (picture) => shown.show(picture),
    previewQuality: { rate: 15 },
    place: 'host',
  });
}

/** Puts the element that shows the source on the page, and gives what the pipeline needs for it. */
async function show(source: Exclude<Settings['source'], 'host'>) {
  switch (source) {
    case 'synthetic':
      return { preview: picture.canvas() };
    case 'camera': {
      const video = picture.video();
      return {
        onStream(stream: MediaStream) {
          video.srcObject = stream;
          const [track] = stream.getVideoTracks();
          const { width, height, frameRate } = track?.getSettings() ?? {};
          const rate = frameRate ? ` · ${Math.round(frameRate)} fps` : '';
          sourceDetail = `${track?.label || 'Camera'} · ${width} × ${height}${rate}`;
          showNames();
        },
      };
    }
    case 'file':
      if (!file) throw new DOMException('No file has been chosen.', 'EncodingError');
      return { media: await picture.file(file) };
  }
}

async function start(): Promise<void> {
  if (running) return;
  const controller = new AbortController();
  const ended = run(controller).finally(() => {
    running = undefined;
  });
  running = { controller, ended };
  await ended;
  if (state !== 'stopped') return;
  if (farewell === undefined) invite();
  else notice.invite('The source has ended', farewell);
}

async function stop(): Promise<void> {
  if (!running) return;
  enter('stopping');
  running.controller.abort(new DOMException('Stopped by the person at the kiosk.', 'AbortError'));
  await running.ended;
}

async function restart(): Promise<void> {
  await stop();
  showNames();
  void start();
}

function toggleRunning(): void {
  void (running ? stop() : start());
}

function act(action: Action | 'start'): void {
  switch (action) {
    case 'start':
    case 'retry':
      void start();
      break;
    case 'source':
      sourceDialog.open(settings, file);
      break;
    case 'model':
      modelDialog.open(model);
      break;
    case 'synthetic':
      change({ ...settings, source: 'synthetic' }, true);
      break;
    case 'built-in':
      model = builtInModel;
      void restart();
      break;
    case 'wasm':
      change({ ...settings, provider: 'wasm' }, true);
      break;
    case 'reload':
      location.reload();
  }
}

/** Takes over new settings, remembers them, and starts anew where the arc itself has changed. */
function change(next: Settings, arcChanged = false): void {
  settings = next;
  storeSettings(settings);
  showSettings();
  if (arcChanged) void restart();
}

function holdsToken(): boolean {
  return new URLSearchParams(location.hash.slice(1)).has('token');
}

function enter(next: State): void {
  state = next;
  app.dataset.state = next;
  setText(byId('status', HTMLElement), stateNames[next]);
  const active = next === 'running' || next === 'starting' || next === 'stopping';
  byId('start-icon', SVGUseElement).setAttribute('href', active ? '#i-stop' : '#i-play');
  setText(byId('start-text', HTMLElement), active ? 'Stop' : 'Start');
  if (next === 'running') notice.clear();
}

function invite(): void {
  const { name } = describeSource(settings, sourceDetail ?? file?.name);
  notice.invite('Ready', `${name}, model ${model.name}. Everything runs on this device; nothing leaves it.`);
}

/** The picture's own shape, for screens on which it stands above the desk. */
function follow({ width, height }: Result): void {
  const ratio = `${width} / ${height}`;
  if (app.style.getPropertyValue('--ratio') === ratio) return;
  app.style.setProperty('--ratio', ratio);
  picture.moved();
}

function showNames(): void {
  const { name, icon } = describeSource(
    settings,
    sourceDetail ?? (settings.source === 'file' ? file?.name : undefined),
  );
  setText(byId('source-name', HTMLElement), name);
  byId('source-icon', SVGUseElement).setAttribute('href', icon);
  setText(byId('model-name', HTMLElement), model.name);
}

function showSettings(): void {
  const { fit, mirrored, desk: deskShown, keys } = settings;
  app.dataset.fit = fit;
  flag(app, 'data-mirrored', mirrored);
  app.dataset.desk = deskShown ? 'shown' : 'hidden';
  label('fit-button', 'Fill the screen with the picture', 'C', fit === 'cover');
  label('mirror-button', 'Mirror the picture', 'M', mirrored);
  label('desk-button', 'Show the readings', 'R', deskShown);
  label('theme-button', `Colours: ${settings.theme}`, 'T');
  label('screen-button', 'Full screen', 'F', document.fullscreenElement !== null);
  label('help-button', 'Keyboard', '?');
  byId('isolation', HTMLElement).hidden = crossOriginIsolated || !settings.hints;
  byId('keys-switch', HTMLInputElement).checked = keys;
  flag(byId('keys', HTMLElement), 'data-off', !keys);
  theme.apply(settings.theme);
  picture.moved();
  showNames();
}

function label(id: string, name: string, key: string, pressed?: boolean): void {
  const button = byId(id, HTMLButtonElement);
  const text = settings.keys ? `${name} (${key})` : name;
  button.setAttribute('aria-label', text);
  button.title = text;
  if (pressed !== undefined) button.setAttribute('aria-pressed', `${pressed}`);
}

const controls: [id: string, key: string, does: string, run: () => void, name?: string][] = [
  ['start-button', ' ', 'Start or stop', toggleRunning, 'Space'],
  ['source-button', 's', 'Choose the source', () => sourceDialog.open(settings, file)],
  ['model-button', 'o', 'Choose the model', () => modelDialog.open(model)],
  ['screen-button', 'f', 'Full screen', () => void toggleFullScreen()],
  [
    'fit-button',
    'c',
    'Whole picture, or filling the screen',
    () => change({ ...settings, fit: settings.fit === 'cover' ? 'contain' : 'cover' }),
  ],
  ['mirror-button', 'm', 'Mirror the picture', () => change({ ...settings, mirrored: !settings.mirrored })],
  ['desk-button', 'r', 'Show or hide the readings', () => change({ ...settings, desk: !settings.desk })],
  [
    'theme-button',
    't',
    'Light, dark, or as the system',
    () => change({ ...settings, theme: theme.next(settings.theme) }),
  ],
  ['help-button', '?', 'This sheet', () => byId('help-dialog', HTMLDialogElement).showModal()],
];
for (const [id, , , press] of controls) byId(id, HTMLButtonElement).addEventListener('click', press);
bindKeys(
  controls.map(([, key, does, press, name]) => ({ key, name, does, run: press })),
  () => settings.keys,
);
byId('isolation-close', HTMLButtonElement).addEventListener('click', () => {
  change({ ...settings, hints: false });
  byId('start-button', HTMLButtonElement).focus();
});
const keySwitch = byId('keys-switch', HTMLInputElement);
keySwitch.addEventListener('change', () => change({ ...settings, keys: keySwitch.checked }));

document.addEventListener('fullscreenchange', showSettings);

takeDrops(({ file: dropped, kind, remark }) => {
  // A dialog covers the page, so it says it itself.
  if (kind === 'model') return modelDialog.open(model, dropped, remark);
  if (kind === 'media') {
    file = dropped;
    change({ ...settings, source: 'file' }, true);
  }
  if (remark) notice.toast(remark, 12_000);
});

// A camera that comes back is used again where the kiosk runs unattended.
navigator.mediaDevices?.addEventListener('devicechange', () => {
  if (opening.autostart && state === 'failed' && settings.source === 'camera') void start();
});

let hiddenSince = 0;
document.addEventListener('visibilitychange', () => {
  if (document.hidden) {
    hiddenSince = performance.now();
    return;
  }
  chart.draw();
  const seconds = Math.round((performance.now() - hiddenSince) / 1000);
  if (state === 'running' && hiddenSince > 0 && seconds >= 2) {
    notice.toast(`This tab was hidden for ${seconds} s. Browsers slow hidden pages down; dropped frames are counted.`);
  }
});

// Only pages that came safely can be isolated.
setText(
  byId('isolation-remedy', HTMLElement),
  `${isSecureContext ? '' : 'open it over https, and '}let its server send`,
);
if (holdsToken()) {
  // The key of a host leaves the address at once. Where no other host is named, it is that of the one that serves the page.
  if (!new URLSearchParams(location.search).has('host')) settings.host = '';
  void hostLink.find(settings);
}
// Another start of the host: its address was opened where this page is.
window.addEventListener('hashchange', () => holdsToken() && location.reload());
showSettings();
desk.idle(settings.deadlineMs);
chart.reset(settings.deadlineMs);
enter('stopped');
if (opening.ignored.length > 0) notice.toast(`Not understood in the address: ${opening.ignored.join(', ')}`, 12_000);
if (opening.autostart) void start();
else invite();
