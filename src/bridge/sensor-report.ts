/** What a sensor measures. */
export type SensorKind = 'temperature' | 'power' | 'clock' | 'load' | 'throttling';

/** Unit of a kind: °C, W, MHz, per cent of the device's time, times or steps that the device slowed itself down. */
export const sensorUnits = {
  temperature: '°C',
  power: 'W',
  clock: 'MHz',
  load: '%',
  throttling: 'count',
} as const satisfies Record<SensorKind, string>;

/** One value that a sensor gave. */
export interface SensorReading {
  kind: SensorKind;
  /** Name that the kernel or vendor gives it, e.g. `x86_pkg_temp`, `VDD_GPU_SOC`, `package-0`. */
  name: string;
  value: number;
  unit: (typeof sensorUnits)[SensorKind];
  /** File that it was read from. */
  path: string;
}

/** A sensor that is there and gives nothing that can be used. */
export interface SensorProblem {
  path: string;
  reason: 'unreadable' | 'absurd';
  message: string;
  /** What to do, where something can be done. */
  remedy?: string;
}

/** What all sensors of a machine say. */
export interface SensorReport {
  /** Board or machine as firmware names it; null where it does not. */
  machine: string | null;
  readings: SensorReading[];
  problems: SensorProblem[];
}
