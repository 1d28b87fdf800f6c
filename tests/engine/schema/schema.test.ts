import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";
import { describe, expect, it } from "vitest";
import {
  checkDocument,
  findMismatch,
  findSchema,
  parseSchema,
} from "../../../src/engine/schema/schema.ts";
import { PLAN_ID, tables } from "./tables.ts";

const definition = defineSchema({
  plans: defineTable({ owner: v.string(), price: v.number() })
    .index("by_owner", ["owner"])
    .index("by_owner_price", { fields: ["owner", "price"] })
    .index("by_price", { fields: ["price"], staged: true }),
  users: defineTable(v.union(v.object({ a: v.null() }), v.object({ b: v.object({ c: v.any() }) }))),
  notes: defineTable(v.any()).index("by_anything", ["deep.inside"]),
});
const { schema } = findSchema(definition);
const system = { _id: PLAN_ID, _creationTime: 5 };

/** The exported schema of one table, as the host gets it. */
function exported(table: Record<string, unknown>, schemaValidation: unknown = true): string {
  const documentType = { type: "object", value: field({ a: { type: "any" } }) };
  return JSON.stringify({
    tables: [{ tableName: "t", indexes: [], documentType, ...table }],
    schemaValidation,
  });
}

function field(types: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(types).map(([name, fieldType]) => [name, { fieldType, optional: false }]),
  );
}

function index(indexDescriptor: string, ...fields: string[]): unknown {
  return { indexDescriptor, fields };
}

describe("findSchema", () => {
  it("reads tables and indexes of what defineSchema made, staged indexes left out", () => {
    expect(schema.schemaValidation).toBe(true);
    expect([...schema.tables.keys()]).toEqual(["plans", "users", "notes"]);
    expect(schema.tables.get("plans")?.indexes).toEqual([
      { name: "by_owner", fields: ["owner"] },
      { name: "by_owner_price", fields: ["owner", "price"] },
    ]);
    expect(schema.tables.get("notes")?.documentType).toBeNull();
  });

  it("gives a text that tells schemas apart and can be parsed again", () => {
    const found = findSchema(definition);
    expect(found.exported).toBe(findSchema(definition).exported);
    expect(parseSchema(found.exported)).toEqual(found.schema);
    expect(found.exported).not.toBe(findSchema(undefined).exported);
  });

  it("takes an app without a schema for one that accepts everything", () => {
    const { schema: empty } = findSchema(undefined);
    expect(empty).toEqual({ tables: new Map(), schemaValidation: false });
    expect(() => checkDocument(empty, "plans", { any: 1 }, tables)).not.toThrow();
  });

  it.each([null, 5, {}, { tables: [] }])("refuses the default export %j", (wrong) => {
    expect(() => findSchema(wrong)).toThrow(
      expect.objectContaining({
        code: "InvalidSchema",
        message:
          "Default export from schema file isn't a Convex schema. To learn more, see the schema documentation at https://docs.convex.dev/database/schemas.",
      }),
    );
  });
});

describe("checkDocument", () => {
  it("leaves system fields out, of the document as of its type", () => {
    expect(findMismatch(schema, "plans", { ...system, owner: "o", price: 1 }, tables)).toBeNull();
    const withSystemTypes = parseSchema(
      exported({
        documentType: {
          type: "object",
          value: field({ _id: { type: "number" }, a: { type: "null" } }),
        },
      }),
    );
    expect(findMismatch(withSystemTypes, "t", { ...system, a: null }, tables)).toBeNull();
  });

  it("refuses with the backend's text", () => {
    expect(() => checkDocument(schema, "plans", { ...system, owner: "o" }, tables)).toThrow(
      expect.objectContaining({
        code: "SchemaEnforcementError",
        message: [
          'Failed to insert or update a document in table "plans" because it does not match the schema: Object is missing the required field `price`. Consider wrapping the field validator in `v.optional(...)` if this is expected.',
          "",
          'Object: {owner: "o"}',
          "Validator: v.object({owner: v.string(), price: v.float64()})",
        ].join("\n"),
      }),
    );
  });

  it("checks unions of objects", () => {
    expect(findMismatch(schema, "users", { ...system, b: { c: 1n } }, tables)).toBeNull();
    expect(findMismatch(schema, "users", { ...system, a: 1 }, tables)?.message).toBe(
      "Value does not match validator.\n\nValue: {a: 1.0}\nValidator: v.union(v.object({a: v.null()}), v.object({b: v.object({c: v.any()})}))",
    );
  });

  it("accepts everything in tables without a type, unknown tables and without validation", () => {
    expect(findMismatch(schema, "notes", { x: [] }, tables)).toBeNull();
    expect(findMismatch(schema, "elsewhere", { x: [] }, tables)).toBeNull();
    const lax = parseSchema(exported({}, false));
    expect(findMismatch(lax, "t", { x: [] }, tables)).toBeNull();
    expect(parseSchema(exported({}, null)).schemaValidation).toBe(false);
  });
});

describe("parseSchema refuses", () => {
  const a = { type: "any" };

  it.each<[string, Record<string, unknown>, string]>([
    [
      "a table name with a dash",
      { tableName: "a-b" },
      'Invalid table name: "a-b". Identifiers must start with a letter and can only contain letters, digits, and underscores.',
    ],
    ["a reserved table name", { tableName: "_t" }, "_t is a reserved table name."],
    [
      "a document type that is no object",
      { documentType: { type: "string" } },
      "The document validator in a schema must be an object, a union of objects, or `v.any()`. Found v.string(). To learn more, see the schema documentation at https://docs.convex.dev/database/schemas.",
    ],
    [
      "a union with a member that is no object",
      { documentType: { type: "union", value: [{ type: "null" }] } },
      "The document validator in a schema must be an object, a union of objects, or `v.any()`. Found v.null(). To learn more, see the schema documentation at https://docs.convex.dev/database/schemas.",
    ],
    [
      "a validator that is none",
      { documentType: { type: "x" } },
      'In table "t": Unknown validator type "x"',
    ],
    [
      "an index name with a dash",
      { indexes: [index("a-b", "a")] },
      'In table "t": Invalid index name: "a-b". Identifiers must be 64 characters or less, start with a letter, and only contain letters, digits, underscores.',
    ],
    ...["_x", "by_id", "by_creation_time"].map(
      (name): [string, Record<string, unknown>, string] => [
        `the index name ${name}`,
        { indexes: [index(name, "a")] },
        `In table "t" cannot name an index "${name}" because the name is reserved. Indexes may not start with an underscore or be named "by_id" or "by_creation_time".`,
      ],
    ),
    [
      "an index without fields",
      { indexes: [index("i")] },
      'In table "t" index "i" must have at least one field.',
    ],
    [
      "an index of 17 fields",
      { indexes: [index("i", ...Array.from({ length: 17 }, (_, n) => `f${n}`))] },
      'In table "t": In index "i": Indexes may have up to 16 fields.',
    ],
    [
      "an index with a field twice",
      { indexes: [index("i", "a", "a")] },
      'In table "t": In index "i": Duplicate field "a". Index fields must be unique within an index.',
    ],
    [
      "an index over _id",
      { indexes: [index("i", "_id")] },
      'In table "t": In index "i": `_id` is not a valid index field. To load documents by ID, use `db.get(id)`.',
    ],
    [
      "an index over _creationTime",
      { indexes: [index("i", "a", "_creationTime")] },
      'In table "t": In index "i": `_creationTime` is automatically added to the end of each index. It should not be added explicitly in the index definition. See https://docs.convex.dev/using/indexes for more details.',
    ],
    [
      "an index over another reserved field",
      { indexes: [index("i", "a._b")] },
      'In table "t": In index "i": Reserved fields (starting with `_`) are not allowed in indexes.',
    ],
    [
      "an index over what is no path",
      { indexes: [index("i", "a..b")] },
      'In table "t": In index "i": Invalid index field: "a..b"',
    ],
    [
      "two indexes of one name",
      { indexes: [index("i", "a")], stagedDbIndexes: [index("i", "a.b")] },
      'Table "t" has two or more definitions of index "i".',
    ],
    [
      "two indexes over the same fields",
      { indexes: [index("i", "a")], stagedDbIndexes: [index("j", "a")] },
      'In table "t" index "j" and index "i" have the same fields. Indexes must be unique within a table.',
    ],
    [
      "65 indexes",
      { indexes: Array.from({ length: 65 }, (_, n) => index(`i${n}`, `a.f${n}`)) },
      'Table "t" cannot have more than 64 indexes.',
    ],
    [
      "an index over a field that cannot exist",
      {
        documentType: {
          type: "object",
          value: field({ a: { type: "object", value: field({ b: a }) } }),
        },
        indexes: [index("i", "a.c")],
      },
      'In table "t" the index "i" is invalid because it references the field "a.c" that does not exist.',
    ],
    [
      "an index into a record",
      {
        documentType: {
          type: "object",
          value: field({
            a: {
              type: "record",
              keys: { type: "string" },
              values: { fieldType: a, optional: false },
            },
          }),
        },
        indexes: [index("i", "a.c")],
      },
      'In table "t" the index "i" is invalid because it references the field "a.c" that does not exist.',
    ],
    ...["searchIndexes", "stagedSearchIndexes"].map(
      (list): [string, Record<string, unknown>, string] => [
        list,
        { [list]: [{ indexDescriptor: "i", searchField: "a", filterFields: [] }] },
        'In table "t": this host does not offer search indexes. Remove the search index definitions or run the app on Convex.',
      ],
    ),
    ...["vectorIndexes", "stagedVectorIndexes"].map(
      (list): [string, Record<string, unknown>, string] => [
        list,
        { [list]: [{ indexDescriptor: "i", vectorField: "a", dimensions: 2, filterFields: [] }] },
        'In table "t": this host does not offer vector indexes. Remove the vector index definitions or run the app on Convex.',
      ],
    ),
  ])("%s", (_, table, message) => {
    expect(() => parseSchema(exported(table))).toThrow(
      expect.objectContaining({ name: "SchemaError", code: "InvalidSchema", message }),
    );
  });

  it("what is no exported schema at all", () => {
    for (const text of ["", "null", "[]", '{"tables":{}}', '{"tables":[null]}']) {
      expect(() => parseSchema(text)).toThrow(expect.objectContaining({ code: "InvalidSchema" }));
    }
  });

  it("more than 10,000 tables", () => {
    const many = Array.from({ length: 10_001 }, (_, n) => ({ tableName: `t${n}`, indexes: [] }));
    expect(() => parseSchema(JSON.stringify({ tables: many }))).toThrow(
      "Number of tables cannot exceed 10000.",
    );
  });

  it("an impossible indexed field only when it validates documents", () => {
    const indexes = [index("i", "nowhere")];
    expect(() => parseSchema(exported({ indexes }))).toThrow(/does not exist/);
    expect(parseSchema(exported({ indexes }, false)).tables.get("t")?.indexes).toHaveLength(1);
  });
});
