/** Noise of a constant-velocity filter; variances, `process*` per unit of time. */
export interface KalmanNoise {
  measurement: number;
  initialPosition: number;
  initialVelocity: number;
  processPosition: number;
  processVelocity: number;
}

/**
 * A Kalman filter of one quantity and its rate of change. A filter over several quantities whose noises are
 * independent falls apart into one of these each, which gives the same numbers without matrices.
 *
 * predict(t): x += v·t; with F = [[1, t], [0, 1]]: P = F·P·Fᵀ + t·diag(processPosition, processVelocity).
 * update(z): k = P·[1, 0]ᵀ / (P₀₀ + measurement); (x, v) += k·(z − x); P = (I − k·[1, 0])·P.
 * @source R. E. Kalman, A New Approach to Linear Filtering and Prediction Problems, 1960; test/unit/track/kalman.test.ts (numpy).
 */
export class ConstantVelocityKalman {
  position = 0;
  velocity = 0;
  /** Covariance: position, position with velocity, velocity. */
  positionVariance = 0;
  covariance = 0;
  velocityVariance = 0;
  readonly #noise: KalmanNoise;

  constructor(noise: KalmanNoise) {
    this.#noise = noise;
  }

  /** Starts anew at a first measurement, at rest. */
  start(position: number): void {
    this.position = position;
    this.velocity = 0;
    this.positionVariance = this.#noise.initialPosition;
    this.covariance = 0;
    this.velocityVariance = this.#noise.initialVelocity;
  }

  /** Goes forward by `time`, at least 0, in the unit that the noise is given in. */
  predict(time: number): void {
    this.position += this.velocity * time;
    this.positionVariance +=
      time * (2 * this.covariance + time * this.velocityVariance) + time * this.#noise.processPosition;
    this.covariance += time * this.velocityVariance;
    this.velocityVariance += time * this.#noise.processVelocity;
  }

  /** Takes in a measurement of the position. */
  update(measured: number): void {
    const innovation = measured - this.position;
    const total = this.positionVariance + this.#noise.measurement;
    const positionGain = this.positionVariance / total;
    const velocityGain = this.covariance / total;
    this.position += positionGain * innovation;
    this.velocity += velocityGain * innovation;
    this.velocityVariance -= velocityGain * this.covariance;
    this.covariance -= velocityGain * this.positionVariance;
    this.positionVariance -= positionGain * this.positionVariance;
  }
}
