const double = new Float64Array(1);
const doubleBits = new BigUint64Array(double.buffer);

/** The next greater double: Convex steps `_creationTime` so, which keeps it unique and increasing. */
export function nextDouble(positive: number): number {
  double[0] = positive;
  doubleBits[0] = (doubleBits[0] as bigint) + 1n;
  return double[0] as number;
}
