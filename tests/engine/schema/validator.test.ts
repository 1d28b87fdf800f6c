import { mutationGeneric, queryGeneric } from "convex/server";
import {
  CommitTsPlaceholder,
  type GenericValidator,
  jsonToConvex,
  type Value,
  v,
} from "convex/values";
import { describe, expect, it } from "vitest";
import { displayValidator } from "../../../src/engine/schema/displayValidator.ts";
import {
  checkValue,
  formatArgumentError,
  formatReturnsError,
  parseValidator,
} from "../../../src/engine/schema/validator.ts";
import { JOB_ID, PLAN_ID, STRAY_ID, tables, USER_ID } from "./tables.ts";
import { toValidator } from "./toValidator.ts";

/** The failure's text, or null. */
function failure(validator: GenericValidator, value: Value): string | null {
  return checkValue(toValidator(validator), value, tables)?.message ?? null;
}

describe("E3 a refused value gets the backend's text, character by character:", () => {
  const plan = v.object({ name: v.string(), price: v.optional(v.number()) });

  it.each<[string, GenericValidator, Value, string[]]>([
    [
      "wrong type at the root, with an empty path line",
      v.string(),
      1,
      ["Value does not match validator.", "", "Value: 1.0", "Validator: v.string()"],
    ],
    [
      "wrong type deep inside",
      v.object({ a: v.array(v.record(v.id("plans"), v.boolean())) }),
      { a: [{ [PLAN_ID]: true }, { zzz: true }] },
      [
        "Value does not match validator.",
        "Path: .a[1].keys()",
        'Value: "zzz"',
        'Validator: v.id("plans")',
      ],
    ],
    [
      "wrong value in a record",
      v.object({ a: v.record(v.string(), v.int64()) }),
      { a: { x: 1n, y: 2 } },
      [
        "Value does not match validator.",
        "Path: .a.values()",
        "Value: 2.0",
        "Validator: v.int64()",
      ],
    ],
    [
      "missing field",
      plan,
      { price: 5 },
      [
        "Object is missing the required field `name`. Consider wrapping the field validator in `v.optional(...)` if this is expected.",
        "",
        "Object: {price: 5.0}",
        "Validator: v.object({name: v.string(), price: v.optional(v.float64())})",
      ],
    ],
    [
      "missing field inside an array",
      v.array(plan),
      [{ name: "a" }, {}],
      [
        "Object is missing the required field `name`. Consider wrapping the field validator in `v.optional(...)` if this is expected.",
        "Path: [1]",
        "Object: {}",
        "Validator: v.object({name: v.string(), price: v.optional(v.float64())})",
      ],
    ],
    [
      "extra field",
      plan,
      { name: "a", b: [1n, null], a: 2 },
      [
        "Object contains extra field `a` that is not in the validator.",
        "",
        'Object: {a: 2.0, b: [1, null], name: "a"}',
        "Validator: v.object({name: v.string(), price: v.optional(v.float64())})",
      ],
    ],
    [
      "extra field inside an object",
      v.object({ plan }),
      { plan: { name: "a", x: true } },
      [
        "Object contains extra field `x` that is not in the validator.",
        "Path: .plan",
        'Object: {name: "a", x: true}',
        "Validator: v.object({name: v.string(), price: v.optional(v.float64())})",
      ],
    ],
    [
      "literal at the root",
      v.literal("x"),
      "y",
      ['`"y"` does not match literal validator `v.literal("x")`.'],
    ],
    [
      "literal inside an object, path on the same line",
      v.object({ kind: v.literal(1) }),
      { kind: 2n },
      ["`2` does not match literal validator `v.literal(1.0)`.Path: .kind"],
    ],
    [
      "a text that is no id",
      v.id("plans"),
      "zzz",
      ["Value does not match validator.", "", 'Value: "zzz"', 'Validator: v.id("plans")'],
    ],
    [
      "an id of a table that does not exist",
      v.id("plans"),
      STRAY_ID,
      ["Value does not match validator.", "", `Value: "${STRAY_ID}"`, 'Validator: v.id("plans")'],
    ],
    [
      "an id of another table, path on the same line",
      v.object({ owner: v.id("plans") }),
      { owner: USER_ID },
      [
        `Found ID "${USER_ID}" from table \`users\`, which does not match the table name in validator \`v.id("plans")\`.Path: .owner`,
      ],
    ],
    [
      "an id of a system table",
      v.id("plans"),
      JOB_ID,
      [
        `Found ID "${JOB_ID}" from a system table, which does not match the table name in validator \`v.id("plans")\`.`,
      ],
    ],
    [
      "a union of one, with its member's error",
      v.union(v.object({ a: v.null() })),
      { a: 1 },
      ["Value does not match validator.", "Path: .a", "Value: 1.0", "Validator: v.null()"],
    ],
    [
      "a union of several, as a whole",
      v.object({ u: v.union(v.literal("a"), v.object({ b: v.bytes() })) }),
      { u: { b: 1 } },
      [
        "Value does not match validator.",
        "Path: .u",
        "Value: {b: 1.0}",
        'Validator: v.union(v.literal("a"), v.object({b: v.bytes()}))',
      ],
    ],
    [
      "a union of none",
      v.union(),
      null,
      ["Value does not match validator.", "", "Value: null", "Validator: v.union()"],
    ],
    [
      "an array where an object should be",
      plan,
      [],
      [
        "Value does not match validator.",
        "",
        "Value: []",
        "Validator: v.object({name: v.string(), price: v.optional(v.float64())})",
      ],
    ],
  ])("%s", (_, validator, value, lines) => {
    expect(failure(validator, value)).toBe(lines.join("\n"));
  });

  it("reports the first field in order of names, and extra fields last", () => {
    const validator = v.object({ b: v.string(), a: v.string(), c: v.string() });
    expect(failure(validator, { b: 1, z: 1 })).toMatch(/^Object is missing the required field `a`/);
    expect(failure(validator, { a: "", b: 1, z: 1 })).toMatch(/Path: \.b/);
    expect(failure(validator, { a: "", b: "", c: "", z: 1, y: 1 })).toMatch(/extra field `y`/);
  });

  it("is prefixed for arguments and for results", () => {
    const refused = { message: "Value does not match validator." };
    expect(formatArgumentError(refused)).toBe(
      "ArgumentValidationError: Value does not match validator.",
    );
    expect(formatReturnsError(refused)).toBe(
      "ReturnsValidationError: Value does not match validator.",
    );
  });
});

describe("checkValue", () => {
  const samples: Record<string, Value> = {
    null: null,
    float64: 1,
    int64: 1n,
    boolean: true,
    string: "a",
    bytes: new ArrayBuffer(1),
    array: [1],
    object: { a: 1 },
    id: PLAN_ID,
    commitTs: new CommitTsPlaceholder(),
  };

  it.each<[string, GenericValidator, string[]]>([
    ["v.null()", v.null(), ["null"]],
    ["v.number()", v.number(), ["float64"]],
    ["v.int64()", v.int64(), ["int64", "commitTs"]],
    ["v.commitTs()", v.commitTs(), ["int64", "commitTs"]],
    ["v.boolean()", v.boolean(), ["boolean"]],
    ["v.string()", v.string(), ["string", "id"]],
    ["v.bytes()", v.bytes(), ["bytes"]],
    ["v.any()", v.any(), Object.keys(samples)],
    ["v.id()", v.id("plans"), ["id"]],
    ["v.array()", v.array(v.number()), ["array"]],
    ["v.record()", v.record(v.string(), v.number()), ["object"]],
    ["v.object()", v.object({ a: v.number() }), ["object"]],
    ["v.literal()", v.literal("a"), ["string"]],
    ["v.union()", v.union(v.null(), v.boolean()), ["null", "boolean"]],
    ["v.nullable()", v.nullable(v.boolean()), ["null", "boolean"]],
  ])("accepts with %s exactly its own kinds of values", (_, validator, accepted) => {
    const found = Object.keys(samples).filter(
      (kind) => failure(validator, samples[kind] as Value) === null,
    );
    expect(found).toEqual(accepted);
  });

  it("treats undefined fields as absent", () => {
    expect(failure(v.object({ a: v.optional(v.number()) }), { a: undefined })).toBeNull();
    expect(failure(v.object({}), { a: undefined })).toBeNull();
    expect(failure(v.record(v.string(), v.number()), { a: undefined })).toBeNull();
    expect(failure(v.object({ a: v.any() }), { a: undefined })).toMatch(/missing .* `a`/);
  });

  it("tells 0 from -0 and knows NaN among literals, like the total order of values", () => {
    expect(failure(v.literal(0), 0)).toBeNull();
    expect(failure(v.literal(0), -0)).toBe(
      "`-0.0` does not match literal validator `v.literal(0.0)`.",
    );
    const nan = parseValidator({ type: "literal", value: { $float: "AAAAAAAA+H8=" } });
    expect(checkValue(nan, Number.NaN, tables)).toBeNull();
    expect(checkValue(nan, 1, tables)?.message).toContain("`v.literal(<number>)`");
  });

  it("finds no field on an object's prototype", () => {
    const validator = v.object({ constructor: v.optional(v.any()), toString: v.optional(v.any()) });
    expect(failure(validator, {})).toBeNull();
    expect(failure(v.object({ valueOf: v.any() }), {})).toMatch(/missing .* `valueOf`/);
  });

  it("refuses objects into which __proto__ smuggled fields", () => {
    const smuggled = jsonToConvex(JSON.parse('{"__proto__": {"isAdmin": true}}'));
    expect(failure(v.object({ isAdmin: v.optional(v.null()) }), smuggled)).not.toBeNull();
    expect(failure(v.object({}), smuggled)).not.toBeNull();
    expect(failure(v.record(v.string(), v.any()), smuggled)).not.toBeNull();
  });

  it("checks real functions by what they export", () => {
    const exported = queryGeneric({
      args: { id: v.id("plans"), limit: v.optional(v.number()) },
      returns: v.array(v.string()),
      handler: () => [],
    }) as unknown as { exportArgs(): string; exportReturns(): string };
    const args = parseValidator(JSON.parse(exported.exportArgs()));
    expect(checkValue(args, { id: PLAN_ID }, tables)).toBeNull();
    expect(checkValue(args, { id: "zzz" }, tables)?.message).toBe(
      'Value does not match validator.\nPath: .id\nValue: "zzz"\nValidator: v.id("plans")',
    );
    const returns = parseValidator(JSON.parse(exported.exportReturns()));
    expect(checkValue(returns, ["a"], tables)).toBeNull();
    const unchecked = mutationGeneric(() => null) as unknown as { exportArgs(): string };
    expect(checkValue(parseValidator(JSON.parse(unchecked.exportArgs())), 5n, tables)).toBeNull();
  });
});

describe("validators are shown like the backend shows them:", () => {
  it.each<[GenericValidator, string]>([
    [v.number(), "v.float64()"],
    [v.bigint(), "v.int64()"],
    [v.commitTs(), "v.commitTs()"],
    [v.nullable(v.bytes()), "v.union(v.bytes(), v.null())"],
    [v.record(v.id("users"), v.any()), 'v.record(v.id("users"), v.any())'],
    [v.array(v.array(v.null())), "v.array(v.array(v.null()))"],
    [
      v.object({ b: v.optional(v.boolean()), a: v.string() }),
      "v.object({a: v.string(), b: v.optional(v.boolean())})",
    ],
    [v.object({}), "v.object({})"],
    [v.literal('a"\n'), 'v.literal("a\\"\\n")'],
    [v.literal(5n), "v.literal(<bigint>)"],
    [v.literal(false), "v.literal(false)"],
    [v.literal(12.5), "v.literal(12.5)"],
    [v.literal(0.00001), "v.literal(0.00001)"],
    [v.literal(0.000001), "v.literal(1e-6)"],
  ])("%#", (validator, text) => {
    expect(displayValidator(toValidator(validator))).toBe(text);
  });
});

describe("parseValidator", () => {
  it.each([
    ["no object", null, "A validator must be an object with a `type`"],
    ["no type", {}, "Unknown validator type undefined"],
    ["an unknown type", { type: "date" }, 'Unknown validator type "date"'],
    ["an array without elements", { type: "array" }, "A validator must be an object with a `type`"],
    ["a union without members", { type: "union" }, "A union validator must list its members"],
    ["an object without fields", { type: "object" }, "An object validator must list its fields"],
    ["an id without a table", { type: "id" }, "Invalid table name in v.id(): undefined"],
    [
      "an id of an impossible table",
      { type: "id", tableName: "a-b" },
      'Invalid table name in v.id(): "a-b"',
    ],
    [
      "a null literal",
      { type: "literal", value: null },
      "A literal must be a string, a number, a bigint or a boolean",
    ],
    [
      "a field without `optional`",
      { type: "object", value: { a: { fieldType: { type: "any" } } } },
      "Invalid validator for key `a`: `optional` must be a boolean",
    ],
    [
      "a mistake deep inside",
      {
        type: "object",
        value: { a: { fieldType: { type: "array", value: { type: "x" } }, optional: true } },
      },
      'Invalid validator for key `a`: Unknown validator type "x"',
    ],
    [
      "a record with other keys than strings",
      record({ type: "number" }),
      "Records can only have string keys. Your validator contains a record with key typed as `v.float64()`, which is not a subtype of `v.string()`",
    ],
    [
      "a record with literal keys",
      record({ type: "union", value: [{ type: "string" }, { type: "literal", value: "a" }] }),
      "Records cannot have string literal keys",
    ],
    [
      "a record with optional values",
      record({ type: "string" }, true),
      "Records cannot have optional values",
    ],
  ])("refuses %s", (_, json, message) => {
    expect(() => parseValidator(json)).toThrow(
      expect.objectContaining({ code: "InvalidValidator", message }),
    );
  });

  it.each(["a-b", "1a", "", "__", "a".repeat(65)])("refuses the field name %j", (name) => {
    const json = {
      type: "object",
      value: { [name]: { fieldType: { type: "any" }, optional: false } },
    };
    expect(() => parseValidator(json)).toThrow(/^Invalid field name/);
  });

  it("refuses a literal that is no Convex JSON", () => {
    expect(() => parseValidator({ type: "literal", value: { $integer: 1 } })).toThrow(
      expect.objectContaining({ code: "InvalidValidator" }),
    );
  });
});

function record(keys: unknown, optional = false): unknown {
  return { type: "record", keys, values: { fieldType: { type: "any" }, optional } };
}
