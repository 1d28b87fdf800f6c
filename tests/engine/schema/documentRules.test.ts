import { getConvexSize, type Value } from "convex/values";
import { describe, expect, it } from "vitest";
import { checkDocumentRules } from "../../../src/engine/schema/documentRules.ts";

const SYSTEM = { _id: "x", _creationTime: 1 };

describe("checkDocumentRules", () => {
  it("gives the document's size as Convex measures it", () => {
    const document = { ...SYSTEM, name: "é", absent: undefined, list: [1n, null] };
    expect(checkDocumentRules(document)).toBe(getConvexSize(document));
  });

  it("accepts exactly 16 levels", () => {
    expect(() => checkDocumentRules({ ...SYSTEM, a: nested(15) })).not.toThrow();
    expect(() => checkDocumentRules({ ...SYSTEM, a: nested(16) })).toThrow(
      expect.objectContaining({
        code: "InvalidDocumentError",
        message: `Document(value: {_creationTime: 1.0, _id: "x", a: ${"[".repeat(16)}${"]".repeat(16)}}) isn't a valid document: Document is too nested (nested 17 levels deep > maximum nesting 16)`,
      }),
    );
  });

  it("accepts underscores in front of nested names only, and names every violation", () => {
    expect(() => checkDocumentRules({ ...SYSTEM, a: { _b: 1 } })).not.toThrow();
    expect(() => checkDocumentRules({ _y: 1, _x: nested(16) })).toThrow(
      expect.objectContaining({
        message: expect.stringMatching(
          /isn't a valid document: Document is too nested \(nested 17 levels deep > maximum nesting 16\)\n Field '_x' starts with an underscore, which is only allowed for system fields like '_id'\n Field '_y' starts with an underscore, which is only allowed for system fields like '_id'$/,
        ),
      }),
    );
  });

  it("accepts exactly 1 MiB", () => {
    const overhead = getConvexSize({ ...SYSTEM, text: "" });
    const fitting = { ...SYSTEM, text: "x".repeat(1024 * 1024 - overhead) };
    expect(checkDocumentRules(fitting)).toBe(1024 * 1024);
    expect(() => checkDocumentRules({ ...fitting, more: null })).toThrow(
      expect.objectContaining({
        code: "ValueTooLargeError",
        message: "Value is too large (1.00 MiB > maximum size 1 MiB)",
      }),
    );
    const double = { text: "x".repeat(2 * 1024 * 1024 - getConvexSize({ text: "" })) };
    expect(() => checkDocumentRules(double)).toThrow(
      "Value is too large (2 MiB > maximum size 1 MiB)",
    );
  });

  it("applies the rules of all values", () => {
    const tooLong = Array.from({ length: 8193 }, () => null);
    expect(() => checkDocumentRules({ ...SYSTEM, tooLong })).toThrow(/^Array length is too long/);
  });

  it("accepts top-level names of more than 64 characters, as the backend does", () => {
    expect(() => checkDocumentRules({ ...SYSTEM, ["n".repeat(1024)]: 1 })).not.toThrow();
  });
});

function nested(depth: number): Value {
  return depth === 1 ? [] : [nested(depth - 1)];
}
