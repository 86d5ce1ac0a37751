import { SourceError } from '../core/error.js';
import { runFfmpegTool } from '../core/ffmpeg.node.js';
import { maxFrameSide } from '../core/frame.js';

/** What ffprobe says of the first video stream of a file. */
export interface VideoProbe {
  /** Size of the upright picture in px. */
  width: number;
  height: number;
  /** Mean frames per second, where it is known. */
  frameRate: number | undefined;
  /** Number of frames as the container tells it. */
  frameCount: number | undefined;
  /** Version of ffprobe, and so of ffmpeg, e.g. `5.1.6`; builds from a snapshot have another form. */
  toolVersion: string;
}

interface Probed {
  program_version?: { version?: string };
  streams?: ProbedStream[];
}

interface ProbedStream {
  width?: number;
  height?: number;
  avg_frame_rate?: string;
  r_frame_rate?: string;
  nb_frames?: string;
  tags?: { rotate?: string };
  side_data_list?: { rotation?: number }[];
}

/**
 * Asks ffprobe about the first video stream of a local file.
 * @throws {SourceError} ERR_SOURCE no video stream, or what ffprobe complains of. @throws {UnsupportedError} ERR_UNSUPPORTED no ffprobe.
 */
export async function probeVideo(path: string, url: string, signal?: AbortSignal): Promise<VideoProbe> {
  const entries =
    'stream=width,height,avg_frame_rate,r_frame_rate,nb_frames:stream_side_data=rotation:stream_tags=rotate';
  const { code, stdout, errors } = await runFfmpegTool(
    'ffprobe',
    [
      ...['-v', 'error', '-protocol_whitelist', 'file,pipe', '-select_streams', 'v:0'],
      ...['-show_program_version', '-show_entries', entries, '-of', 'json', '-i', url],
    ],
    `reading ${path}`,
    signal,
  );
  const probed = code === 0 ? parseProbed(stdout) : undefined;
  const stream = probed?.streams?.[0];
  if (!stream?.width || !stream.height) {
    throw new SourceError({
      subject: path,
      expected: 'a video that ffmpeg can read',
      received: code === 0 ? 'a file without a video stream' : `what ffprobe calls "${lastError(errors, url)}"`,
      remedy: 'Play the file with ffplay to see what is wrong with it.',
    });
  }
  const turned = Math.abs(
    stream.side_data_list?.find((data) => data.rotation)?.rotation ?? Number(stream.tags?.rotate ?? 0),
  );
  const upright = Math.round(turned / 90) % 2 === 0;
  const width = upright ? stream.width : stream.height;
  const height = upright ? stream.height : stream.width;
  if (width > maxFrameSide || height > maxFrameSide) {
    throw new SourceError({
      subject: path,
      expected: `a video of at most ${maxFrameSide} px on a side`,
      received: `${width} × ${height}`,
    });
  }
  const frameCount = Number(stream.nb_frames);
  return {
    width,
    height,
    frameRate: rate(stream.avg_frame_rate) ?? rate(stream.r_frame_rate),
    frameCount: Number.isInteger(frameCount) && frameCount > 0 ? frameCount : undefined,
    toolVersion: probed?.program_version?.version ?? '',
  };
}

/** The last thing that a tool of FFmpeg complained of, short, without the file's URL. */
export function lastError(errors: readonly string[], url: string): string {
  const line = errors.at(-1) ?? 'no reason given';
  return line.replace(`${url}: `, '').replace(/\.$/, '').slice(0, 200);
}

function parseProbed(stdout: string): Probed | undefined {
  try {
    return JSON.parse(stdout) as Probed;
  } catch {
    return undefined;
  }
}

function rate(fraction: string | undefined): number | undefined {
  const [numerator, denominator] = (fraction ?? '').split('/').map(Number);
  const value = numerator / denominator;
  return Number.isFinite(value) && value > 0 ? value : undefined;
}
