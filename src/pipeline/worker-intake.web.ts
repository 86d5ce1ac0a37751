import type { OpenedMedia } from '../acquire/open-media.web.js';
import type { PipelineDefinition } from '../core/definition.js';
import type { PipelineHealth } from './health.js';
import type { Intake } from './intake.js';
import type { IntakeAssets } from './intake-channel.js';
import type { PipelinePhase } from './pipeline.js';
import type { PreviewScreen } from './preview-screen.web.js';
import { RemoteIntake, type WorkerFactory } from './remote-intake.web.js';
import { type OpenIntakeLife, SupervisedIntake } from './supervised-intake.js';

/** What the workers of a pipeline share, one after the other. */
export interface WorkerIntakeInit {
  definition: PipelineDefinition;
  assets: IntakeAssets;
  /** Borrowed: the device goes on when a worker is replaced, which gets its frames by a port of its own. */
  media: OpenedMedia | undefined;
  /** Closed with the intake. */
  screen: PreviewScreen | undefined;
  factory: WorkerFactory | undefined;
  /** Called while the first worker gets ready. */
  onProgress(phase: PipelinePhase): void;
  onHealth: ((health: PipelineHealth) => void) | undefined;
  signal: AbortSignal | undefined;
}

/** The sensor's end of an arc in a module worker that is replaced when it is lost. @throws as {@link RemoteIntake.open}. */
export async function openWorkerIntake(init: WorkerIntakeInit): Promise<Intake> {
  const { definition, assets, media, screen, factory } = init;
  let lives = 0;
  const open: OpenIntakeLife = (resume, signal) => {
    const first = lives++ === 0;
    const frames = first ? media?.frames : media?.connect();
    const onProgress = first ? init.onProgress : () => {};
    return RemoteIntake.open({
      definition,
      assets: { ...assets, frames, resume },
      onProgress,
      signal,
      factory,
      screen,
    });
  };
  const intake = await SupervisedIntake.open(open, definition.recovery, init.signal, init.onHealth);
  const close = intake.close.bind(intake);
  intake.close = () => close().finally(() => screen?.close());
  return intake;
}
