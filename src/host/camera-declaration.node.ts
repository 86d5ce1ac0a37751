import { createSource, sourceDefinitionFromPath } from '../acquire/create-source.node.js';
import type { SourceInfo } from '../acquire/source.js';
import { VideoDevice, type VideoDeviceNews } from '../acquire/video-device.node.js';
import { type SourceDefinition, sourceSchema } from '../core/definition.js';
import { InvalidArgumentError, serializeError } from '../core/error.js';
import { parse } from '../core/parse.js';
import type { PipelineHealth } from '../pipeline/health.js';
import type { CameraDeclaration } from './cameras.node.js';
import { LoopedSource } from './looped-source.js';
import { PacedCamera } from './paced-camera.js';

/**
 * Reads `NAME=SOURCE[,key=value …]`: a video device (`/dev/video0,size=1280x720,rate=30,format=mjpeg`), `synthetic` with its
 * settings, or a picture, folder, video or recording, with `loop` to begin again at its end and `rate=N` to pace it.
 * Opens a file once, to know what it gives.
 * @throws {InvalidArgumentError} ERR_ARGUMENT what is none of that. @throws {SourceError} ERR_SOURCE a file that cannot be read.
 */
export async function declareCamera(text: string): Promise<CameraDeclaration> {
  const [, name, source] = /^([\w .-]{1,64})=(.+)$/s.exec(text) ?? [];
  if (name === undefined) refuse(text, 'NAME=SOURCE, e.g. line=/dev/video0', `"${text}"`);
  const [path, ...settings] = source.split(',');
  const options = new Map(settings.map((setting) => setting.split('=', 2) as [string, string | undefined]));
  // Names by bus or model stay the same when devices are plugged in in another order.
  if (/^\/dev\/(video|v4l\/by-)/.test(path)) {
    return declareDevice(name, path, readOptions(text, options, ['size', 'rate', 'format']));
  }
  if (path === 'synthetic') return declareSynthetic(name, text, options);
  return declareFile(name, path, readOptions(text, options, ['loop', 'rate']));
}

function declareDevice(
  name: string,
  path: string,
  { size = '1280x720', rate = '30', format }: { size?: string; rate?: string; format?: string },
): CameraDeclaration {
  const [, width, height] = /^(\d{2,5})x(\d{2,5})$/.exec(size) ?? [];
  if (width === undefined) refuse('size', 'WIDTHxHEIGHT', `"${size}"`);
  if (format !== undefined && !/^\w+$/.test(format)) refuse('format', 'a name such as mjpeg or yuyv422', `"${format}"`);
  const device = new VideoDevice({
    path,
    width: Number(width),
    height: Number(height),
    frameRate: positive('rate', rate),
    inputFormat: format,
  });
  const toHealth = (news: VideoDeviceNews, error?: Error): PipelineHealth => {
    if (news !== 'lost') return { type: news };
    return { type: 'stalled', cause: 'lost', ...(error && { error: serializeError(error) }) };
  };
  return {
    name,
    info: device.info,
    open: (onHealth) => device.open((news, error) => onHealth(toHealth(news, error))),
    state: () => device.state,
    close: () => device.close(),
  };
}

function declareSynthetic(name: string, text: string, options: Map<string, string | undefined>): CameraDeclaration {
  const definition: Record<string, unknown> = { type: 'synthetic' };
  for (const [key, value] of options) definition[key] = Number(value);
  const parsed = parse(sourceSchema, definition, `--camera ${text}`) as Extract<
    SourceDefinition,
    { type: 'synthetic' }
  >;
  const { width, height, frameRate } = parsed;
  const info: SourceInfo = { type: 'camera', width, height, frameRate, endless: true };
  return { name, info, open: async () => new PacedCamera(await createSource(parsed), frameRate) };
}

async function declareFile(
  name: string,
  path: string,
  options: { loop?: string; rate?: string },
): Promise<CameraDeclaration> {
  const definition = await sourceDefinitionFromPath(path);
  const first = await createSource(definition);
  await first.close();
  const loop = 'loop' in options;
  const rate = options.rate === undefined ? (first.info.frameRate ?? 30) : positive('rate', options.rate);
  const info: SourceInfo = { ...first.info, type: 'camera', frameRate: rate, endless: loop };
  if (loop) delete info.frameCount;
  const open = () => createSource(definition);
  // Without the path, which is no page's business.
  const message = `The source of camera "${name}" has ended. To begin it again at its end, start the host with --camera "${name}=…,loop".`;
  return {
    name,
    info,
    open: async (onHealth) =>
      new PacedCamera(loop ? await LoopedSource.open(open) : await open(), rate, () =>
        onHealth({ type: 'ended', message }),
      ),
  };
}

function readOptions<K extends string>(
  text: string,
  options: Map<string, string | undefined>,
  known: readonly K[],
): Partial<Record<K, string>> {
  for (const key of options.keys()) {
    if (!(known as readonly string[]).includes(key)) refuse(text, `settings out of ${known.join(', ')}`, `"${key}"`);
  }
  return Object.fromEntries([...options].map(([key, value]) => [key, value ?? ''])) as Partial<Record<K, string>>;
}

function positive(key: string, value: string): number {
  const number = Number(value);
  if (number > 0 && Number.isFinite(number)) return number;
  throw refuse(key, 'a number above 0', `"${value}"`);
}

function refuse(subject: string, expected: string, received: string): never {
  throw new InvalidArgumentError({
    subject: `--camera ${subject}`,
    expected,
    received,
    remedy: 'See reflexarc host --help.',
  });
}
