import { stat } from 'node:fs/promises';
import { SourceError } from '../core/error.js';
import { runFfmpegTool } from '../core/ffmpeg.node.js';
import { videoDeviceFailure } from './video-device-failure.js';

/**
 * Opens a V4L2 camera as the camera source does, in the mode that it is in, takes one picture and closes it: whether it is in use,
 * and whether it works, only streaming tells. One that others read is not disturbed; it is refused to us.
 * @param timeoutMs how long the picture may take. @returns the size of the picture, in px.
 * @throws {SourceError} ERR_SOURCE no device, or none that gives a picture; `details.fault` says why where it is known.
 * @throws {UnsupportedError} ERR_UNSUPPORTED ffmpeg is not on the PATH. Rejects with `signal.reason` when aborted.
 */
export async function tryVideoDevice(
  path: string,
  { signal, timeoutMs = 6000 }: { signal?: AbortSignal; timeoutMs?: number } = {},
): Promise<{ width: number; height: number }> {
  const found = await stat(path).catch(() => undefined);
  if (!found) throw videoDeviceFailure(path, ['No such file or directory']);
  if (!found.isCharacterDevice()) {
    throw new SourceError({
      subject: `camera ${path}`,
      expected: 'a video device',
      received: found.isDirectory() ? 'a folder' : 'a file',
      remedy: 'Name another one: ls /dev/video*',
    });
  }
  const late = AbortSignal.timeout(timeoutMs);
  const input = ['-nostdin', '-hide_banner', '-nostats', '-v', 'info', '-f', 'v4l2', '-i', path];
  // One line of checksum per picture, after lines on the stream.
  const args = [...input, '-map', '0:v:0', '-frames:v', '1', '-f', 'framecrc', 'pipe:1'];
  const ended = AbortSignal.any(signal ? [signal, late] : [late]);
  const { stdout, errors } = await runFfmpegTool('ffmpeg', args, `camera ${path}`, ended).catch((error) => {
    throw late.aborted && !signal?.aborted ? videoDeviceFailure(path, [], timeoutMs) : error;
  });
  const [, width, height] = /^#dimensions 0: (\d+)x(\d+)$/m.exec(stdout) ?? [];
  if (width === undefined || !/^0,/m.test(stdout)) throw videoDeviceFailure(path, errors);
  return { width: Number(width), height: Number(height) };
}
