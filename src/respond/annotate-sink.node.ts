import { dirname, join } from 'node:path';
import type { PipelineDefinition } from '../core/definition.js';
import { InvalidArgumentError } from '../core/error.js';
import type { Frame } from '../core/frame.js';
import type { Item, Result } from '../core/result.js';
import { loadSharp, type Sharp } from '../core/sharp.node.js';
import { claimEmptyFolder } from './empty-folder.node.js';
import { matchesAny } from './line-rule.js';
import { makeFolder } from './make-folder.node.js';
import { type OverlayCounter, overlaySvg } from './overlay-svg.js';
import { PngWriter } from './png-writer.node.js';
import type { Sink } from './sink.js';
import { VideoWriter } from './video-writer.node.js';
import { writeFailure } from './write-failure.node.js';
import { writeWholeFile } from './write-whole-file.node.js';

/** What an annotated copy is made from beside the results. */
export interface AnnotateOptions {
  /** Its rules are drawn; its source decides between pictures and a video. */
  definition: PipelineDefinition;
  /** Nominal frames per second of the source, where it has such a thing. */
  frameRate?: number;
}

/** Name of the video that {@link AnnotateSink} writes. */
const annotatedVideo = 'annotated.mp4';

/**
 * Writes what the pipeline saw, with boxes, labels, track ids, lines and counters drawn in, to an absent or empty
 * folder. A source of pictures gives pictures: each under its own name as PNG, or its number. A source with a frame
 * rate (video, synthetic, a recording of one) gives `annotated.mp4`, through ffmpeg; dropped frames stand still there.
 * @throws {SinkError} ERR_SINK the folder is not empty, a write failed. @throws {UnsupportedError} ERR_UNSUPPORTED no sharp; no ffmpeg for a video.
 */
export class AnnotateSink implements Sink {
  readonly needsFrame = true;
  readonly #directory: string;
  readonly #definition: PipelineDefinition;
  readonly #frameRate: number | undefined;
  readonly #counts = new Map<string, { passed: number; rejected: number }>();
  readonly #rejectedTracks = new Set<number>();
  readonly #names = new Set<string>();
  #sharp: Sharp | undefined;
  #writer: PngWriter | undefined;
  #video: VideoWriter | undefined;
  #failed = false;

  constructor(directory: string, options: AnnotateOptions) {
    this.#directory = directory;
    this.#definition = options.definition;
    this.#frameRate = videoRate(options);
    for (const { id } of options.definition.rules) this.#counts.set(id, { passed: 0, rejected: 0 });
  }

  /** What is written. */
  get mode(): 'pictures' | 'video' {
    return this.#frameRate === undefined ? 'pictures' : 'video';
  }

  async open(): Promise<void> {
    this.#sharp = await loadSharp('annotating');
    this.#writer = new PngWriter(this.#sharp);
    await claimEmptyFolder(this.#directory);
  }

  async result(result: Result, frame: Frame | undefined): Promise<void> {
    if (!frame || !this.#sharp || !this.#writer) {
      throw new InvalidArgumentError({
        subject: 'annotate sink',
        expected: 'open() before, and the frame with, each result',
        received: frame ? 'a sink that is not open' : 'a result without its frame',
      });
    }
    try {
      this.#count(result);
      const svg = Buffer.from(this.#overlay(result));
      // The picture becomes RGB before the overlay is laid on: on gray, colours would be lost.
      const drawn = this.#writer
        .picture(frame)
        .toColourspace('srgb')
        .composite([{ input: svg }])
        .removeAlpha();
      if (this.#frameRate === undefined) await this.#writePicture(result, drawn);
      else await this.#writeFrame(result, drawn, this.#frameRate);
    } catch (cause) {
      this.#failed = true;
      await this.#video?.discard();
      throw writeFailure(this.#directory, cause);
    }
  }

  /** Finishes the video, also after an abort. */
  async close(): Promise<void> {
    const video = this.#video;
    this.#video = undefined;
    if (video && !this.#failed) await video.close();
  }

  async #writePicture(result: Result, drawn: ReturnType<Sharp>): Promise<void> {
    const path = join(this.#directory, this.#nameOf(result));
    await makeFolder(dirname(path));
    await writeWholeFile(path, await drawn.png({ compressionLevel: 3 }).toBuffer());
  }

  async #writeFrame(result: Result, drawn: ReturnType<Sharp>, frameRate: number): Promise<void> {
    const { width, height, timestamp } = result;
    this.#video ??= await VideoWriter.open(join(this.#directory, annotatedVideo), width, height, frameRate);
    await this.#video.write(await drawn.raw().toBuffer(), width, height, timestamp);
  }

  #count({ events }: Result): void {
    for (const { type, rule, trackId } of events) {
      const counts = this.#counts.get(rule);
      if (!counts) continue;
      if (type === 'crossing') counts.passed++;
      else {
        counts.rejected++;
        this.#rejectedTracks.add(trackId);
      }
    }
  }

  #overlay({ width, height, items, events }: Result): string {
    const rules = this.#definition.rules;
    const active = new Set(events.map(({ rule }) => rule));
    return overlaySvg({
      width,
      height,
      items,
      lines: rules.map(({ id, from, to }) => ({ label: id, from, to, active: active.has(id) })),
      counters: rules.flatMap((rule) => this.#counters(rule.id, rule.reject.length > 0, rules.length > 1)),
      isAlarm: (item) => this.#isAlarm(item),
    });
  }

  #counters(id: string, rejects: boolean, named: boolean): OverlayCounter[] {
    const { passed, rejected } = this.#counts.get(id) ?? { passed: 0, rejected: 0 };
    const prefix = named ? `${id} ` : '';
    const counters: OverlayCounter[] = [{ label: `${prefix}passed`, value: String(passed) }];
    if (rejects) counters.push({ label: `${prefix}rejected`, value: String(rejected), alarm: rejected > 0 });
    return counters;
  }

  #isAlarm(item: Item): boolean {
    if ('trackId' in item && item.trackId !== undefined && this.#rejectedTracks.has(item.trackId)) return true;
    return this.#definition.rules.some(({ reject }) => matchesAny(item.label, reject));
  }

  #nameOf({ frame, source }: Result): string {
    // The name may come from a recording of somebody else: it stays inside the folder.
    const parts = (source ?? '').split(/[/\\]/).filter((part) => part !== '' && part !== '.' && part !== '..');
    const whole = parts.join('/').replaceAll('\0', '');
    const plain = whole.replace(/\.[^./]+$/, '');
    const numbered = String(frame).padStart(6, '0');
    const name = [
      plain && `${plain}.png`,
      whole && `${whole}.png`,
      `${numbered}.png`,
      `${numbered}-${this.#names.size}.png`,
    ]
      .filter((candidate) => candidate !== '')
      .find((candidate) => !this.#names.has(candidate)) as string;
    this.#names.add(name);
    return name;
  }
}

// Pictures have no rate, whatever pace they are shown at.
function videoRate({ definition, frameRate }: AnnotateOptions): number | undefined {
  const { source, pace } = definition;
  if (source.type === 'pictures') return undefined;
  const rate = pace ?? frameRate ?? (source.type === 'synthetic' ? source.frameRate : undefined);
  // Players of raw videos take 25 where nothing is said; so does the source.
  return rate ?? (source.type === 'video' ? 25 : undefined);
}
