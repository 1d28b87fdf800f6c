import fc from "fast-check";
import { expect } from "vitest";

/**
 * Checks on random facts that a join is commutative, associative and idempotent: what makes the stored
 * fact independent of the order, the repetition and the grouping of the events behind it.
 */
export function expectJoinLaws<Fact>(
  facts: fc.Arbitrary<Fact>,
  join: (a: Fact, b: Fact) => Fact,
  runs = 2_000,
): void {
  fc.assert(
    fc.property(facts, facts, facts, (a, b, c) => {
      const ab = join(a, b);
      expect(join(b, a)).toEqual(ab);
      expect(join(ab, c)).toEqual(join(a, join(b, c)));
      expect(join(ab, a)).toEqual(ab);
      expect(join(ab, ab)).toEqual(ab);
    }),
    { seed: 1, numRuns: runs },
  );
}
