import fc from "fast-check";

/**
 * One way in which things that happened may arrive: every one at least once, some again, in any order,
 * and cut into batches that are worked through apart from each other.
 */
export function deliveries<T>(happened: readonly T[]): fc.Arbitrary<T[][]> {
  const positions = happened.map((_, position) => position);
  return fc
    .tuple(
      fc.shuffledSubarray(positions, { minLength: positions.length }),
      fc.subarray(positions),
      fc.array(fc.nat({ max: 2 * positions.length }), { maxLength: 3 }),
    )
    .map(([once, again, cuts]) => {
      const arrived = [...again, ...once].map((position) => happened.slice(position, position + 1));
      const bounds = [0, ...cuts.toSorted((a, b) => a - b), arrived.length];
      return bounds.map((start, index) => arrived.slice(start, bounds[index + 1]).flat());
    });
}
