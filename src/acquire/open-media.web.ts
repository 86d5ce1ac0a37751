import { untilAborted } from '../core/abort.js';
import type { SourceDefinition } from '../core/definition.js';
import { InvalidArgumentError, SourceError } from '../core/error.js';
import {
  CanvasOutlet,
  type FrameOutlet,
  TrackOutlet,
  trackProcessor,
  unsupported,
  VideoOutlet,
} from './frame-outlet.web.js';
import { mediaFailure, noMediaDevices } from './media-error.web.js';
import { type MediaHealth, type MediaSettings, OpenedMedia } from './opened-media.web.js';

export { OpenedMedia } from './opened-media.web.js';

const lastFrameMs = 100;

/** Sources whose frames a page takes for its worker. */
export type MediaDefinition = Extract<SourceDefinition, { type: 'camera' | 'screen' | 'media' }>;

/** Pixels that an application may give to a source `{ type: 'media' }`. */
export type Media = MediaStream | HTMLVideoElement | HTMLCanvasElement | OffscreenCanvas;

/**
 * Opens a camera or a screen, or takes what the application gives, and starts the frames on their way.
 *
 * A camera is asked for exactly what its definition names, and for an unscaled picture. Where the browser can hand
 * frames to a worker itself, it does; elsewhere (Firefox, Safari) they are taken from a `<video>`, which stands still
 * while the tab is hidden. A `<video>` that plays a stream counts as that stream; a canvas is taken as the screen
 * refreshes.
 *
 * Owns: the caller closes the result.
 * @param media for a definition of type `media`; ignored for others.
 * @throws {SourceError} ERR_SOURCE no permission, no camera, in use, a setting that it lacks; `details.reason` says
 * which ({@link MediaFailure}). @throws {UnsupportedError} ERR_UNSUPPORTED insecure page, or a browser without
 * VideoFrame. @throws {InvalidArgumentError} ERR_ARGUMENT `media` missing or without a picture. `signal.reason` when
 * aborted; what opens after that is closed.
 */
export async function openMedia(
  definition: MediaDefinition,
  media?: Media,
  signal?: AbortSignal,
): Promise<OpenedMedia> {
  signal?.throwIfAborted();
  if (typeof VideoFrame === 'undefined') throw unsupported('VideoFrame (WebCodecs)');
  const type = definition.type;
  if (type === 'media') return openGiven(media, signal);
  const opening = type === 'camera' ? openCamera(definition) : openScreen(definition);
  let stream: MediaStream;
  try {
    stream = await (signal ? untilAborted(opening, signal) : opening);
  } catch (error) {
    // The person may still answer the question that nobody waits for any more.
    opening.then(stopTracks, () => {});
    throw error;
  }
  try {
    return await openTrack(type, stream, signal);
  } catch (error) {
    stopTracks(stream);
    throw error;
  }
}

async function openCamera(definition: Extract<MediaDefinition, { type: 'camera' }>): Promise<MediaStream> {
  const devices = globalThis.navigator?.mediaDevices;
  if (!devices?.getUserMedia) throw noMediaDevices('camera');
  const { type: _, ...asked } = definition;
  const exact = Object.entries(asked)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => [name, { exact: value }]);
  // A picture that the browser scales or crops is no longer the camera's; where it must, it may.
  const video = { ...Object.fromEntries(exact), resizeMode: 'none' } as MediaTrackConstraints;
  try {
    return await devices.getUserMedia({ video });
  } catch (cause) {
    throw mediaFailure('camera', cause, asked);
  }
}

async function openScreen({ frameRate }: Extract<MediaDefinition, { type: 'screen' }>): Promise<MediaStream> {
  const devices = globalThis.navigator?.mediaDevices;
  if (!devices?.getDisplayMedia) throw noMediaDevices('screen');
  try {
    // Browsers refuse exact constraints here: which screen it is, only the person knows.
    return await devices.getDisplayMedia({ video: frameRate === undefined ? true : { frameRate } });
  } catch (cause) {
    throw mediaFailure('screen', cause);
  }
}

async function openGiven(media: Media | undefined, signal: AbortSignal | undefined): Promise<OpenedMedia> {
  if (isA(media, 'MediaStream')) return openTrack('media', media as MediaStream, signal);
  if (isA(media, 'HTMLVideoElement')) {
    const video = media as HTMLVideoElement;
    const { srcObject } = video;
    if (isA(srcObject, 'MediaStream') && trackProcessor()) return openTrack('media', srcObject as MediaStream, signal);
    return openVideo(video);
  }
  if (isA(media, 'HTMLCanvasElement') || isA(media, 'OffscreenCanvas')) {
    const canvas = media as HTMLCanvasElement | OffscreenCanvas;
    return new OpenedMedia({
      facts: { type: 'media', route: 'canvas' },
      settings: { width: canvas.width, height: canvas.height },
      outlet: (events) => new CanvasOutlet(canvas, events),
      cause: hidden,
      release: () => {},
    });
  }
  throw new InvalidArgumentError({
    subject: 'options.media',
    expected: 'a MediaStream, <video>, <canvas> or OffscreenCanvas, because the source is of type media',
    received: media === undefined ? 'nothing' : Object.prototype.toString.call(media),
  });
}

async function openTrack(
  type: MediaDefinition['type'],
  stream: MediaStream,
  signal: AbortSignal | undefined,
): Promise<OpenedMedia> {
  const [track] = stream.getVideoTracks();
  if (!track || track.readyState === 'ended') {
    throw new InvalidArgumentError({
      subject: type === 'media' ? 'options.media' : type,
      expected: 'a stream with a live video track',
      received: track ? 'one that has ended' : 'one without',
    });
  }
  const Processor = trackProcessor();
  const player = Processor ? undefined : await play(stream, signal);
  const { width, height, frameRate, deviceId } = track.getSettings();
  const settings: MediaSettings = { width, height, frameRate, deviceId, label: track.label };
  // A shared window may change its size at any time.
  const size = type === 'screen' ? {} : { width, height };
  const opened: OpenedMedia = new OpenedMedia({
    facts: { type, route: Processor ? 'track-processor' : 'video-callback', ...size, frameRate },
    settings,
    stream,
    outlet: (events): FrameOutlet =>
      Processor ? new TrackOutlet(Processor, track, events) : new VideoOutlet(player as HTMLVideoElement, events),
    cause: () => (track.muted ? 'muted' : player ? hidden() : undefined),
    release: () => {
      track.removeEventListener('ended', ended);
      if (player) player.srcObject = null;
      if (type !== 'media') stopTracks(stream);
    },
  });
  // Said only where nobody in the page stopped the track.
  const ended = async () =>
    opened.finish(type === 'camera' ? { reason: 'failed', error: await lostCamera(settings) } : { reason: 'finished' });
  track.addEventListener('ended', ended, { once: true });
  return opened;
}

function openVideo(video: HTMLVideoElement): OpenedMedia {
  const { videoWidth, videoHeight } = video;
  const size = videoWidth > 0 ? { width: videoWidth, height: videoHeight } : {};
  // The last picture is presented after the event.
  const finished = () => setTimeout(() => opened.finish({ reason: 'finished' }), lastFrameMs);
  const failed = () => opened.finish({ reason: 'failed', error: brokenVideo(video) });
  const opened = new OpenedMedia({
    facts: { type: 'media', route: 'video-callback', ...size },
    settings: size,
    outlet: (events) => new VideoOutlet(video, events),
    cause: () => (video.paused ? 'paused' : hidden()),
    release: () => {
      video.removeEventListener('ended', finished);
      video.removeEventListener('error', failed);
    },
  });
  video.addEventListener('ended', finished);
  video.addEventListener('error', failed);
  if (video.error) failed();
  return opened;
}

// Plays a stream for its frames alone.
async function play(stream: MediaStream, signal: AbortSignal | undefined): Promise<HTMLVideoElement> {
  const video = document.createElement('video');
  video.muted = true;
  video.playsInline = true;
  video.srcObject = stream;
  const playing = video.play();
  try {
    await (signal ? untilAborted(playing, signal) : playing);
    return video;
  } catch (cause) {
    video.srcObject = null;
    signal?.throwIfAborted();
    const received = cause instanceof Error ? cause.message : String(cause);
    throw new SourceError({ subject: 'stream', expected: 'one that plays', received, cause });
  }
}

// A track says that it has ended and not why; what is left of the camera does.
async function lostCamera({ label, deviceId }: MediaSettings): Promise<SourceError> {
  const { mediaDevices, permissions } = navigator;
  const devices = await mediaDevices.enumerateDevices().catch(() => []);
  const there = devices.some((device) => device.kind === 'videoinput' && device.deviceId === deviceId);
  const permission = await permissions?.query({ name: 'camera' as PermissionName }).catch(() => undefined);
  const withdrawn = permission?.state === 'denied';
  return new SourceError({
    subject: `camera${label ? ` "${label}"` : ''}`,
    expected: 'frames until it is closed',
    received: withdrawn ? 'its permission withdrawn' : there ? 'an end from the browser' : 'camera unplugged',
    remedy: withdrawn ? 'Allow the camera again and start anew.' : 'Plug it in again and start anew.',
    details: { reason: withdrawn ? 'permission' : 'unplugged' },
  });
}

function brokenVideo(video: HTMLVideoElement): SourceError {
  const received = video.error?.message || `error ${video.error?.code}`;
  return new SourceError({
    subject: video.currentSrc || 'video',
    expected: 'a video that this browser can play',
    received,
    remedy: 'Convert it, to H.264 or VP8 for instance.',
    details: { reason: 'unreadable' },
  });
}

function stopTracks(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}

function hidden(): MediaHealth['cause'] {
  return document.visibilityState === 'hidden' ? 'hidden' : undefined;
}

// By name, because an element of another frame has another constructor, and not every browser has each.
function isA(value: unknown, name: string): boolean {
  return Object.prototype.toString.call(value) === `[object ${name}]`;
}
