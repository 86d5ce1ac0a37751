import type { SensorKind } from '../../bridge/sensor-report.js';

/** What a value of each kind can be; what lies outside is a sensor that is broken, not connected, or misread. */
export const plausible: Record<SensorKind, readonly [number, number]> = {
  temperature: [-55, 200],
  power: [0, 5000],
  clock: [0, 20_000],
  load: [0, 100],
  throttling: [0, Number.MAX_SAFE_INTEGER],
};
