/**
 * A float64 in the shortest digits that read back as the same number, always with a point or an exponent
 * (`1.0`, `0.5`, `1e16`, `NaN`, `-inf`): how convex-backend, written in Rust, prints floats.
 *
 * @param exponentBelow magnitudes below this one get an exponent. Rust uses 1e-4 for values and its JSON
 *   library 1e-5 for literals of validators.
 */
export function displayFloat64(value: number, exponentBelow: number): string {
  if (Number.isNaN(value)) {
    return "NaN";
  }
  if (!Number.isFinite(value)) {
    return value > 0 ? "inf" : "-inf";
  }
  if (Object.is(value, -0)) {
    return "-0.0";
  }
  const magnitude = Math.abs(value);
  if (magnitude >= EXPONENT_FROM || (magnitude !== 0 && magnitude < exponentBelow)) {
    return value.toExponential().replace("e+", "e");
  }
  return Number.isInteger(value) ? `${value}.0` : String(value);
}

const EXPONENT_FROM = 1e16;
