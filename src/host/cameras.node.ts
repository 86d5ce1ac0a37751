import type { FrameSource, SourceInfo } from '../acquire/source.js';
import type { HostCamera } from '../bridge/answers.js';
import type { SourceDefinition } from '../core/definition.js';
import { InvalidArgumentError } from '../core/error.js';
import type { PipelineHealth } from '../pipeline/health.js';

/** A camera that a host declares. */
export interface CameraDeclaration {
  /** What definitions name as `deviceId`. */
  name: string;
  /** What it will give, as far as that is known. */
  info: SourceInfo;
  /** Opens it for one stream, which closes it. */
  open(onHealth: (health: PipelineHealth) => void): Promise<FrameSource>;
  /** Whether it works now. */
  state?(): HostCamera['state'];
  /** Ends what streams share. */
  close?(): Promise<void>;
}

type CameraDefinition = Extract<SourceDefinition, { type: 'camera' }>;

/** The cameras of a host, by name. */
export class Cameras {
  readonly #declared: readonly CameraDeclaration[];

  /** @throws {InvalidArgumentError} ERR_ARGUMENT two of a name. */
  constructor(declared: readonly CameraDeclaration[]) {
    const names = declared.map(({ name }) => name);
    const twice = names.find((name, at) => names.indexOf(name) !== at);
    if (twice !== undefined) {
      const remedy = 'Give each camera a name of its own.';
      throw new InvalidArgumentError({
        subject: '--camera',
        expected: 'other names',
        received: `"${twice}" twice`,
        remedy,
      });
    }
    this.#declared = declared;
  }

  /** What pages are told. */
  get list(): HostCamera[] {
    return this.#declared.map(({ name, info, state }) => ({ name, source: info, state: state?.() ?? 'unknown' }));
  }

  /**
   * Opens the camera that a page's definition names; the only one where it names none.
   * @throws {InvalidArgumentError} ERR_ARGUMENT no such camera, or one of another size or rate. @throws as the source.
   */
  async open(definition: CameraDefinition, onHealth: (health: PipelineHealth) => void): Promise<FrameSource> {
    const { deviceId } = definition;
    const camera = this.#declared.find(({ name }) => name === (deviceId ?? this.#declared.at(0)?.name));
    if (!camera || (deviceId === undefined && this.#declared.length > 1)) {
      const names = this.#declared.map(({ name }) => `"${name}"`).join(', ');
      throw new InvalidArgumentError({
        subject: 'pipeline definition for a host: source.deviceId',
        expected: names ? `a camera of this host: ${names}` : 'a camera of this host, which has none',
        received: deviceId === undefined ? 'none' : `"${deviceId}"`,
        remedy: 'Name one, or start the host with --camera NAME=SOURCE.',
        details: { field: 'source.deviceId', supported: this.#declared.map(({ name }) => name) },
      });
    }
    for (const field of ['width', 'height', 'frameRate'] as const) {
      const [wanted, has] = [definition[field], camera.info[field]];
      if (wanted === undefined || wanted === has) continue;
      throw new InvalidArgumentError({
        subject: `pipeline definition for a host: source.${field}`,
        expected: `${has ?? 'none'}, as the host has declared "${camera.name}"`,
        received: String(wanted),
        remedy: 'Leave it out.',
        details: { field: `source.${field}` },
      });
    }
    return camera.open(onHealth);
  }

  async close(): Promise<void> {
    await Promise.all(this.#declared.map(({ close }) => close?.()));
  }
}
