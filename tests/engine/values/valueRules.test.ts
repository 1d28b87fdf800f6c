import { CommitTsPlaceholder, jsonToConvex, type Value } from "convex/values";
import { describe, expect, it } from "vitest";
import { checkValueRules } from "../../../src/engine/values/valueRules.ts";

describe("checkValueRules", () => {
  it("counts the nesting", () => {
    expect(checkValueRules("scalar")).toBe(0);
    expect(checkValueRules([])).toBe(1);
    expect(checkValueRules({ a: 1, b: [{ c: null }] })).toBe(3);
    expect(checkValueRules(new ArrayBuffer(3))).toBe(0);
    expect(checkValueRules(new CommitTsPlaceholder())).toBe(0);
  });

  it("refuses fields that came in through __proto__", () => {
    const smuggled = jsonToConvex(JSON.parse('{"a": [{"__proto__": {"isAdmin": true}}]}'));
    expect(() => checkValueRules(smuggled)).toThrow(
      expect.objectContaining({ code: "InvalidFieldName" }),
    );
  });

  it("accepts exactly 8192 array elements", () => {
    expect(checkValueRules(Array.from({ length: 8192 }, () => null))).toBe(1);
    expect(() => checkValueRules({ a: Array.from({ length: 8193 }, () => null) })).toThrow(
      expect.objectContaining({
        code: "ArrayTooLong",
        message: "Array length is too long (8193 > maximum length 8192)",
      }),
    );
  });

  it("accepts exactly 1024 fields, not counting undefined ones", () => {
    expect(checkValueRules({ ...fields(1024), absent: undefined })).toBe(1);
    expect(() => checkValueRules([fields(1025)])).toThrow(
      expect.objectContaining({
        code: "TooManyFieldsError",
        message: "Object has too many fields (1025 > maximum number 1024)",
      }),
    );
  });

  it("accepts exactly 64 levels and never digs deeper", () => {
    expect(checkValueRules(nested(64))).toBe(64);
    for (const depth of [65, 100_000]) {
      expect(() => checkValueRules(nested(depth))).toThrow(
        expect.objectContaining({
          code: "TooNestedError",
          message: "Value is too nested (nested 65 levels deep > maximum nesting 64)",
        }),
      );
    }
  });
});

function fields(count: number): Record<string, Value> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`f${i}`, 0]));
}

function nested(depth: number): Value {
  let value: Value = 1;
  for (let i = 0; i < depth; i++) {
    value = i % 2 === 0 ? [value] : { a: value };
  }
  return value;
}
