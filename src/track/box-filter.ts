import type { Box } from '../core/box.js';
import { ConstantVelocityKalman, type KalmanNoise } from './kalman.js';

/**
 * Time unit of the noise figures, in seconds. They were tuned per frame on sequences of 25 to 30 frames per second;
 * at 30 the filter is the published one, at other rates and over dropped frames noise grows with the time passed.
 */
const frameSeconds = 1 / 30;

const centreNoise: KalmanNoise = {
  measurement: 1,
  initialPosition: 10,
  initialVelocity: 10_000,
  processPosition: 1,
  processVelocity: 0.01,
};
const areaNoise: KalmanNoise = { ...centreNoise, measurement: 10, processVelocity: 0.0001 };
/** The aspect ratio is taken to be constant: a filter without velocity. */
const aspectNoise: KalmanNoise = { ...centreNoise, measurement: 10, initialVelocity: 0, processVelocity: 0 };

/**
 * Where a box is and goes: SORT's state (centre x, centre y, area, aspect ratio; the first three with velocities).
 * @source A. Bewley et al., Simple Online and Realtime Tracking, 2016 (arXiv:1602.00763), section 3.2; the noise
 *   figures are those in general use with it.
 */
export class BoxFilter {
  readonly #x = new ConstantVelocityKalman(centreNoise);
  readonly #y = new ConstantVelocityKalman(centreNoise);
  readonly #area = new ConstantVelocityKalman(areaNoise);
  readonly #aspect = new ConstantVelocityKalman(aspectNoise);
  /** The box as last predicted or updated, in px. One object, rewritten. */
  readonly box: Box = { x: 0, y: 0, width: 0, height: 0 };

  start(box: Box): void {
    this.#x.start(box.x + box.width / 2);
    this.#y.start(box.y + box.height / 2);
    this.#area.start(box.width * box.height);
    this.#aspect.start(box.width / box.height);
    this.#refresh();
  }

  predict(seconds: number): void {
    const time = seconds / frameSeconds;
    // An area does not shrink to nothing; the box would have no size to compare.
    if (this.#area.position + this.#area.velocity * time <= 0) this.#area.velocity = 0;
    this.#x.predict(time);
    this.#y.predict(time);
    this.#area.predict(time);
    this.#aspect.predict(time);
    this.#refresh();
  }

  update(box: Box): void {
    this.#x.update(box.x + box.width / 2);
    this.#y.update(box.y + box.height / 2);
    this.#area.update(box.width * box.height);
    this.#aspect.update(box.width / box.height);
    this.#refresh();
  }

  #refresh(): void {
    const { box } = this;
    box.width = Math.sqrt(Math.max(0, this.#area.position * this.#aspect.position));
    box.height = box.width > 0 ? this.#area.position / box.width : 0;
    box.x = this.#x.position - box.width / 2;
    box.y = this.#y.position - box.height / 2;
  }
}
