import { compareValues, type Value } from "convex/values";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { exportText } from "../../src/hosts/node/snapshot/exportText.ts";
import { importedValue } from "../../src/hosts/node/snapshot/importedValue.ts";
import { internalFunctions } from "../support/internalFunctions.ts";

const fieldName = fc.stringMatching(/^[a-z][A-Za-z0-9_]{0,8}$/);

const value: fc.Arbitrary<Value> = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.double() as fc.Arbitrary<Value>,
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }) as fc.Arbitrary<Value>,
    fc.string({ unit: "binary" }) as fc.Arbitrary<Value>,
    fc.boolean() as fc.Arbitrary<Value>,
    fc.constant(null) as fc.Arbitrary<Value>,
    fc.uint8Array().map((bytes) => bytes.buffer as ArrayBuffer) as fc.Arbitrary<Value>,
    fc.array(tie("value")) as fc.Arbitrary<Value>,
    fc.dictionary(fieldName, tie("value"), { noNullPrototype: true }) as fc.Arbitrary<Value>,
  ),
})).value;

describe("Y5 a value in an archive", () => {
  test("comes back as it was, whatever it is", () => {
    fc.assert(
      fc.property(value, (original) => {
        const copy = importedValue(exportText(original), true);
        expect(compareValues(copy, original)).toBe(0);
        expect(exportText(copy)).toBe(exportText(original));
      }),
      { numRuns: 300, seed: 6 },
    );
  });

  test.each([
    [1, "1.0"],
    [-0, "-0.0"],
    [1_764_000_000_000, "1764000000000.0"],
    [0.5, "0.5"],
    [1e21, "1e+21"],
    [1n, "1"],
    [Number.POSITIVE_INFINITY, '{"$float":"AAAAAAAA8H8="}'],
    [{ b: 1, a: [null, true] }, '{"a":[null,true],"b":1.0}'],
  ])("is written as Convex writes it: %s", (original, text) => {
    expect(exportText(original as Value)).toBe(text);
  });

  test("of an archive that says nothing of types has no int64: no table of Tollgate has one", () => {
    expect(importedValue('{"n":1}', false)).toEqual({ n: 1 });
    const { default: schema } = internalFunctions["schema"] as { default: { export(): string } };
    expect(schema.export()).not.toContain('"bigint"');
  });
});
