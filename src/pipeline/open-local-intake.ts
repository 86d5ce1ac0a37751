import type { FrameSource } from '../acquire/source.js';
import { untilAborted } from '../core/abort.js';
import type { FrameStore } from '../core/frame-pool.js';
import type { Engine } from './engine.js';
import type { Progress } from './intake.js';
import { type IntakeDefinition, LocalIntake } from './local-intake.js';

const never = new AbortController().signal;

/** How the parts of an intake are made. */
export interface IntakeParts<E extends Engine> {
  openSource(): Promise<FrameSource>;
  openEngine(): Promise<E>;
  /** Where the source's frames lie. */
  frames(engine: E): FrameStore;
  /** Where the intake was that this one replaces: the source is passed over to that frame. */
  resume?: Progress;
  /** Called for each frame that the source gives, before it is processed. */
  onTaken?(frame: number, progress: Progress): void;
}

/**
 * Opens a source and an engine and puts them together. On failure, and on abort, everything that was opened is closed
 * again; an engine that comes up after an abort, too.
 */
export async function openLocalIntake<E extends Engine>(
  definition: IntakeDefinition,
  parts: IntakeParts<E>,
  signal?: AbortSignal,
): Promise<LocalIntake> {
  const source = await parts.openSource();
  try {
    signal?.throwIfAborted();
    const opening = parts.openEngine();
    try {
      const engine = await (signal ? untilAborted(opening, signal) : opening);
      const { resume, onTaken } = parts;
      if (resume) await source.skip(resume.nextFrame, signal ?? never);
      return new LocalIntake(source, engine, parts.frames(engine), definition, { resume, onTaken });
    } catch (error) {
      opening.then(
        (late) => late.close(),
        () => {},
      );
      throw error;
    }
  } catch (error) {
    await source.close();
    throw error;
  }
}
