import fc from "fast-check";
import { expect, test } from "vitest";
import { canonicalJson } from "../../src/internal/model/canonicalJson.ts";

test("the order of keys does not matter, at any depth", () => {
  expect(canonicalJson({ b: [{ d: 1, c: null }], a: "x" })).toBe(
    '{"a":"x","b":[{"c":null,"d":1}]}',
  );
});

test("the order of a list does matter", () => {
  expect(canonicalJson([1, 2])).not.toBe(canonicalJson([2, 1]));
});

test("it is still the JSON of the same value, also with keys that objects inherit", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
    { seed: 1, numRuns: 500 },
  );
  expect(canonicalJson(JSON.parse('{"__proto__":1,"constructor":2}'))).toBe(
    '{"__proto__":1,"constructor":2}',
  );
});
