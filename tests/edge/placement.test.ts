import fc from "fast-check";
import { expect, test } from "vitest";
import { objectName, type Place, parsePlace } from "../../src/hosts/worker/placement.ts";

const places: fc.Arbitrary<Place> = fc.record({
  account: fc.option(fc.stringMatching(/^acct_[A-Za-z0-9]{1,24}$/)),
  mode: fc.constantFrom("test" as const, "live" as const),
});

test("W2 a place has one object, and two places never share one", () => {
  fc.assert(
    fc.property(places, places, (one, other) => {
      const isSame = one.account === other.account && one.mode === other.mode;
      expect(objectName(one) === objectName(other)).toBe(isSame);
    }),
  );
});

test("W2 the name of an object names its place", () => {
  fc.assert(
    fc.property(places, (place) => {
      expect({ ...parsePlace(objectName(place)) }).toEqual({ ...place });
    }),
  );
  for (const text of ["", "own", "own:prod", "own:test:live", "acct_1/x:test", "a".repeat(300)]) {
    expect(parsePlace(text)).toBeNull();
  }
});
