import { convexToJson, type JSONValue, type Value } from "convex/values";
import fc from "fast-check";

/** A value of a field; `undefined` means that the field is missing. As JSON text, so that it can be an argument. */
export type FieldText = string;

export type Fields = { a?: FieldText; b?: FieldText; c?: FieldText };

export type TableName = "listed" | "unlisted";
export type IndexName = "by_creation_time" | "by_a" | "by_a_b" | "by_c_x";

/** Which documents to read, and in what order. */
export interface Selection {
  table: TableName;
  index: IndexName;
  /** Equalities on the first fields of the index. */
  equal: FieldText[];
  lower: { value: FieldText; inclusive: boolean } | null;
  upper: { value: FieldText; inclusive: boolean } | null;
  order: "asc" | "desc";
  filter: { operator: "eq" | "neq" | "lt" | "gte"; field: "a" | "b"; value: FieldText } | null;
}

/** What a mutation does, one after another. `target` chooses one of the ids, or jobs, ever given. */
export type Step =
  | { do: "insert"; table: TableName; fields: Fields }
  | { do: "patch" | "replace"; target: number; fields: Fields }
  | { do: "delete"; target: number }
  | { do: "get"; target: number }
  | { do: "read"; selection: Selection; take: number | null }
  /** A job that inserts one document, or fails after it has. */
  | { do: "schedule"; inMs: number; isFailing: boolean }
  | { do: "cancel"; target: number }
  | { do: "nested"; steps: Step[]; fails: boolean };

/** What is done to one document. */
export type Change = Extract<Step, { do: "patch" | "replace" | "delete" | "get" }>;

/** What happens to the deployment. */
export type Operation =
  | { do: "mutate"; steps: Step[]; fails: boolean }
  | { do: "read"; selection: Selection; take: number | null }
  /** Continues where the last page of this selection ended, or begins. */
  | { do: "page"; slot: number; numItems: number }
  /** Time passes, and what is due runs. */
  | { do: "advance"; ms: number }
  | { do: "restart" };

/** Pages are read of a few selections, over and over. */
export const PAGE_SLOTS = 4;

export interface History {
  paged: Selection[];
  operations: Operation[];
}

/** Few values, so that ranges meet them and keys tie; every kind, and the borders between kinds. */
const VALUES: readonly (Value | undefined)[] = [
  undefined,
  null,
  -3n,
  0n,
  2n ** 40n,
  Number.NaN,
  -0,
  0,
  1.5,
  Number.NEGATIVE_INFINITY,
  false,
  true,
  "",
  "a",
  "a\u0000b",
  "\uffff",
  "🎉",
  new Uint8Array([0, 1]).buffer,
  [],
  [1, "x"],
  { x: 1 },
  { x: "nested", y: null },
];

export const MISSING: FieldText = "";

export function fieldText(value: Value | undefined): FieldText {
  return value === undefined ? MISSING : JSON.stringify(convexToJson(value));
}

const value = fc.constantFrom(...VALUES.map(fieldText));
const table = fc.constantFrom<TableName>("listed", "listed", "unlisted");
const fields: fc.Arbitrary<Fields> = fc.record(
  { a: value, b: value, c: value },
  { requiredKeys: [] },
);
const target = fc.nat(1_000);
const bound = fc.option(fc.record({ value, inclusive: fc.boolean() }));

/** The fields that an index has before the creation time. */
export const INDEX_FIELDS: Record<IndexName, string[]> = {
  by_creation_time: [],
  by_a: ["a"],
  by_a_b: ["a", "b"],
  by_c_x: ["c.x"],
};

const selection: fc.Arbitrary<Selection> = fc
  .record({
    table,
    index: fc.constantFrom<IndexName>("by_creation_time", "by_a", "by_a_b", "by_a_b", "by_c_x"),
    equal: fc.array(value, { maxLength: 2 }),
    lower: bound,
    upper: bound,
    order: fc.constantFrom<"asc" | "desc">("asc", "desc"),
    filter: fc.option(
      fc.record({
        operator: fc.constantFrom("eq", "neq", "lt", "gte"),
        field: fc.constantFrom("a", "b"),
        value,
      }),
      { freq: 2 },
    ),
  })
  .map(withinIndex);

/** The index of an unlisted table can only be the built-in one; bounds need a field that is left. */
function withinIndex(drawn: Selection): Selection {
  const index = drawn.table === "unlisted" ? "by_creation_time" : drawn.index;
  const count = INDEX_FIELDS[index].length;
  const equal = drawn.equal.slice(0, count);
  const hasFieldLeft = equal.length < count;
  const [lower, upper] = hasFieldLeft ? [drawn.lower, drawn.upper] : [null, null];
  return { ...drawn, index, equal, lower, upper };
}

const take = fc.option(fc.nat(6));

const { step } = fc.letrec<{ step: Step; simple: Step; nested: Step }>((tie) => ({
  step: fc.oneof({ maxDepth: 3 }, tie("simple"), tie("nested")),
  simple: fc.oneof(
    { weight: 5, arbitrary: fc.record({ do: fc.constant("insert" as const), table, fields }) },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constantFrom("patch" as const, "replace" as const),
        target,
        fields,
      }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("delete" as const), target }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("get" as const), target }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant("read" as const), selection, take }) },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant("schedule" as const),
        inMs: fc.integer({ min: 0, max: 300 }),
        isFailing: fc.integer({ min: 0, max: 3 }).map((drawn) => drawn === 0),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("cancel" as const), target }) },
  ),
  nested: fc.record({
    do: fc.constant("nested" as const),
    steps: fc.array(tie("step"), { minLength: 1, maxLength: 4 }),
    fails: fc.boolean(),
  }),
}));

const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("mutate" as const),
      steps: fc.array(step, { minLength: 1, maxLength: 6 }),
      fails: fc.integer({ min: 0, max: 5 }).map((drawn) => drawn === 0),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("read" as const), selection, take }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("page" as const),
      slot: fc.nat(PAGE_SLOTS - 1),
      numItems: fc.integer({ min: 1, max: 4 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("advance" as const), ms: fc.nat(200) }),
  },
  { weight: 1, arbitrary: fc.constant({ do: "restart" as const }) },
);

export const history: fc.Arbitrary<History> = fc.record({
  paged: fc.array(selection, { minLength: PAGE_SLOTS, maxLength: PAGE_SLOTS }),
  operations: fc.array(operation, { minLength: 1, maxLength: 100, size: "max" }),
});

/** What a step showed; compared between engine and model as JSON. */
export type Seen = JSONValue;
