/*
 * Angles are in turns (1 = 360°). `Math.sin` and its relatives may differ in the last bit between engines; sums and
 * products of float64 may not, so these polynomials give the same bytes everywhere.
 */

/**
 * Sine of an angle in turns, within 6e-8.
 * @source Taylor's series to the 11th power on a quarter turn.
 */
export function sine(turns: number): number {
  let x = turns - Math.floor(turns + 0.5);
  if (x > 0.25) x = 0.5 - x;
  else if (x < -0.25) x = -0.5 - x;
  const a = x * 6.283185307179586;
  const s = a * a;
  return (
    a *
    (1 +
      s *
        (-0.16666666666666666 +
          s *
            (0.008333333333333333 +
              s * (-0.0001984126984126984 + s * (2.755731922398589e-6 - s * 2.505210838544172e-8)))))
  );
}

/** Cosine of an angle in turns, within 6e-8. */
export function cosine(turns: number): number {
  return sine(turns + 0.25);
}

/**
 * Angle of the point (x, y) in turns, −0.5…0.5, within 2e-6; 0 for the origin.
 * @source Abramowitz and Stegun 4.4.47 (arctangent on 0…1), folded by octants.
 */
export function angleOf(y: number, x: number): number {
  const ax = x < 0 ? -x : x;
  const ay = y < 0 ? -y : y;
  const large = Math.max(ax, ay);
  if (large === 0) return 0;
  const t = Math.min(ax, ay) / large;
  const s = t * t;
  let turns =
    t * (0.999866 + s * (-0.3302995 + s * (0.180141 + s * (-0.085133 + s * 0.0208351)))) * 0.15915494309189535;
  if (ay > ax) turns = 0.25 - turns;
  if (x < 0) turns = 0.5 - turns;
  return y < 0 ? -turns : turns;
}
