import type { Value } from "convex/values";
import * as fc from "fast-check";

/** Few characters, so that names and strings often share a prefix; zero, both surrogates, four widths. */
const text = fc.string({
  unit: fc.constantFrom("\0", "a", "b", "\x7f", "é", "\ud800", "\udc00", "\uffff", "\u{10000}"),
  maxLength: 4,
});

/** Names that Convex allows, the empty one included. */
const fieldName = fc.string({
  unit: fc.constantFrom(" ", "a", "b", "_", "~"),
  maxLength: 3,
});

export const int64 = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.bigInt({ min: -300n, max: 300n }),
  fc.constantFrom(-(2n ** 63n), 2n ** 63n - 1n),
);

export const bytes = fc.uint8Array({ maxLength: 4 }).map((array) => array.slice().buffer);

/** Any Convex value: NaN, -0, lone surrogates and empty names included. */
export const anyValue: fc.Arbitrary<Value> = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constant(null),
    int64,
    fc.double(),
    fc.constantFrom(-0, 0, 1, NaN, Infinity),
    fc.boolean(),
    text,
    bytes,
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(fieldName, tie("value"), { maxKeys: 3, noNullPrototype: true }),
  ),
})).value;
