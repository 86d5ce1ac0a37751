import { SourceError } from '../core/error.js';

/** What is in the way of a video device, as far as ffmpeg's words tell; `details.fault` of {@link videoDeviceFailure}. */
export type VideoDeviceFault = 'no-camera' | 'absent' | 'busy' | 'permission';

const known: readonly { fault: VideoDeviceFault; match: RegExp; received: string; remedy: (path: string) => string }[] =
  [
    {
      // Nodes for metadata, encoders and parts of an image processor are video devices, too. Before the words on its errno.
      fault: 'no-camera',
      match: /Not a video capture device|does not support the streaming|Inappropriate ioctl/,
      received: 'a device that gives no pictures',
      remedy: () => 'Name another one: ls /dev/video*',
    },
    {
      fault: 'absent',
      match: /No such (file or directory|device)/,
      received: 'no such device',
      remedy: () => 'Plug it in, or name another one: ls /dev/video*',
    },
    {
      fault: 'busy',
      match: /busy/i,
      received: 'one that is in use',
      remedy: (path) => `End the program that uses it: fuser -v ${path}`,
    },
    {
      fault: 'permission',
      match: /Permission denied|Operation not permitted/,
      received: 'no permission to read it',
      remedy: () => 'Add the user to the group of the device, usually video, and log in again.',
    },
  ];

/**
 * Why a device gives no pictures. @param log what ffmpeg wrote to stderr. @param silentMs how long it gave none before it was ended.
 * The error's `details.fault` is a {@link VideoDeviceFault} where the words are known.
 */
export function videoDeviceFailure(path: string, log: readonly string[], silentMs?: number): SourceError {
  const text = log.join('\n');
  const reason = known.find(({ match }) => match.test(text));
  const silent = silentMs === undefined ? undefined : `none in ${silentMs / 1000} s`;
  return new SourceError({
    subject: `camera ${path}`,
    expected: 'pictures',
    received: reason?.received ?? silent ?? `"${log.at(-1) ?? 'nothing'}"`,
    remedy: reason?.remedy(path) ?? `See what it can do: ffmpeg -f v4l2 -list_formats all -i ${path}`,
    details: { errors: log.slice(-5), ...(reason && { fault: reason.fault }) },
  });
}
