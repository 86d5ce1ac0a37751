import { connectHost, type HostHealth, type RuntimeId, serializeError } from 'reflexarc';
import { byId, flag, setText } from '../kiosk/dom.js';
import { Lane } from './lane.js';
import { Machine } from './machine.js';

const runtimes: readonly [RuntimeId, string][] = [
  ['onnx-native', 'ONNX Runtime'],
  ['openvino', 'OpenVINO'],
];

const template = byId('lane', HTMLTemplateElement);
const lanes = runtimes.map(([id, name]) => {
  const root = template.content.firstElementChild?.cloneNode(true) as HTMLElement;
  byId('lanes', HTMLElement).append(root);
  return new Lane(id, name, root);
});

function say(text: string, trouble: boolean): void {
  setText(byId('status', HTMLElement), text);
  flag(byId('app', HTMLElement), 'data-trouble', trouble);
}

function follow(health: HostHealth): void {
  if (health.type === 'lost') say('The host is out of reach, and is being looked for …', true);
  if (health.type === 'restored') say('Connected', false);
  if (health.type === 'refused') say('The host was started anew: open the address that it has printed', true);
}

/** Connects, then runs all lanes at once on the first camera of the host. */
async function run(): Promise<void> {
  try {
    const host = await connectHost({ onHealth: follow });
    const [camera] = host.cameras;
    if (!camera) return say('The host has no camera: start it with --camera NAME=SOURCE', true);
    const { width, height, frameRate } = camera.source;
    setText(byId('camera', HTMLElement), `${camera.name} · ${width} × ${height} · ${frameRate} fps`);
    say('Connected', false);
    await Promise.all([new Machine().follow(host), ...lanes.map((lane) => lane.run(host, camera.name))]);
  } catch (error) {
    const { message } = serializeError(error);
    say(message, true);
  }
}

// Another start of the host: its address was opened where this page is.
window.addEventListener('hashchange', () => location.hash.includes('token=') && location.reload());
void run();
