import { type GenericValidator, type Value, type Validator as VValidator, v } from "convex/values";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkValue } from "../../../src/engine/schema/validator.ts";
import { encodeDocumentId } from "../../../src/engine/values/documentId.ts";
import { anyValue, bytes, int64 } from "../values/anyValue.ts";
import { tables } from "./tables.ts";
import { toValidator } from "./toValidator.ts";

/** A validator with values it must accept and values it must refuse. */
interface Example {
  validator: GenericValidator;
  good: fc.Arbitrary<Value>;
  /** Null when it refuses nothing. */
  bad: fc.Arbitrary<Value> | null;
}

type RequiredValidator = VValidator<Value, "required", string>;

const internalId = fc.uint8Array({ minLength: 16, maxLength: 16 });
const planId = internalId.map((internal) => encodeDocumentId(10_001, internal));
const userId = internalId.map((internal) => encodeDocumentId(10_002, internal));
const nonString = fc.oneof(fc.constantFrom<Value>(null, true, [], {}), fc.double(), int64, bytes);

const scalars: fc.Arbitrary<Example> = fc.constantFrom<Example>(
  { validator: v.null(), good: fc.constant(null), bad: fc.double() },
  { validator: v.number(), good: fc.double(), bad: int64 },
  { validator: v.int64(), good: int64, bad: fc.double() },
  { validator: v.commitTs(), good: int64, bad: fc.string() },
  { validator: v.boolean(), good: fc.boolean(), bad: fc.constantFrom(null, 0, "true") },
  { validator: v.string(), good: fc.string(), bad: nonString },
  { validator: v.bytes(), good: bytes, bad: fc.constantFrom<Value>("", [], {}) },
  { validator: v.literal("on"), good: fc.constant("on"), bad: fc.constantFrom<Value>("", "of", 1) },
  { validator: v.literal(7n), good: fc.constant(7n), bad: fc.constantFrom<Value>(7, 8n, "7") },
  { validator: v.id("plans"), good: planId, bad: fc.oneof(userId, fc.string(), nonString) },
);

const examples: fc.Arbitrary<Example> = fc.letrec<{ example: Example }>((tie) => {
  const example = tie("example");
  const fields = fc.dictionary(fc.constantFrom("a", "b", "c", "constructor"), example, {
    minKeys: 1,
    maxKeys: 3,
    noNullPrototype: true,
  });
  return {
    example: fc.oneof(
      { depthSize: "small" },
      scalars,
      fc.constant<Example>({ validator: v.any(), good: anyValue, bad: null }),
      example.map(arrayExample),
      example.map(recordExample),
      fields.map(objectExample),
      scalars.map(unionExample),
    ),
  };
}).example;

describe("checkValue, for any validator", () => {
  const cases = examples.chain(({ validator, good, bad }) =>
    fc.record({
      validator: fc.constant(validator),
      accepted: good,
      refused: bad === null ? fc.constant(undefined) : bad,
    }),
  );

  it("accepts what was made from the validator and refuses what was broken on purpose", () => {
    let refusals = 0;
    fc.assert(
      fc.property(cases, ({ validator, accepted, refused }) => {
        const parsed = toValidator(validator);
        expect(checkValue(parsed, accepted, tables)).toBeNull();
        if (refused !== undefined) {
          refusals += 1;
          const failure = checkValue(parsed, refused, tables);
          expect(failure?.message).toMatch(/^(Value does not match|Object |`|Found ID)/);
          expect(failure?.message).not.toContain("undefined");
        }
      }),
      { numRuns: 2000, seed: 1 },
    );
    expect(refusals).toBeGreaterThan(1000);
  });

  it("answers for any value at all without throwing", () => {
    fc.assert(
      fc.property(cases, anyValue, ({ validator }, value) => {
        const failure = checkValue(toValidator(validator), value, tables);
        expect(failure === null || failure.message.length > 0).toBe(true);
      }),
      { numRuns: 2000, seed: 2 },
    );
  });
});

function arrayExample({ validator, good, bad }: Example): Example {
  const list = fc.array(good, { maxLength: 3 });
  const broken = bad === null ? [] : [fc.tuple(list, bad, list).map(around)];
  return {
    validator: v.array(validator as RequiredValidator),
    good: list,
    bad: fc.oneof(fc.constant<Value>({}), ...broken),
  };
}

function around([before, value, after]: [Value[], Value, Value[]]): Value {
  return [...before, value, ...after];
}

function recordExample({ validator, good, bad }: Example): Example {
  const entries = fc.dictionary(planId, good, { maxKeys: 3, noNullPrototype: true });
  const broken =
    bad === null
      ? []
      : [fc.tuple(entries, planId, bad).map(([rest, key, value]) => ({ ...rest, [key]: value }))];
  const badKey = fc
    .tuple(entries, userId, good)
    .map(([rest, key, value]) => ({ ...rest, [key]: value }));
  return {
    validator: v.record(v.id("plans"), validator as RequiredValidator),
    good: entries,
    bad: fc.oneof(fc.constant<Value>([]), badKey, ...broken),
  };
}

/** Fields named "b" are optional. */
function objectExample(fields: Record<string, Example>): Example {
  const isOptional = (name: string) => name === "b";
  const shape: Record<string, GenericValidator> = {};
  const values: Record<string, fc.Arbitrary<Value | undefined>> = {};
  for (const [name, { validator, good }] of Object.entries(fields)) {
    shape[name] = isOptional(name) ? v.optional(validator as RequiredValidator) : validator;
    values[name] = isOptional(name) ? fc.option(good, { nil: undefined }) : good;
  }
  const good = fc.record(values) as fc.Arbitrary<Record<string, Value>>;
  const broken = Object.entries(fields).flatMap(([name, { bad }]) => [
    ...(isOptional(name) ? [] : [good.map((object) => without(object, name))]),
    ...(bad === null
      ? []
      : [fc.tuple(good, bad).map(([object, value]) => ({ ...object, [name]: value }))]),
  ]);
  const extra = fc.tuple(good, anyValue).map(([object, value]) => ({ ...object, extra: value }));
  return { validator: v.object(shape), good, bad: fc.oneof(extra, ...broken) };
}

function without(object: Record<string, Value>, field: string): Record<string, Value> {
  return Object.fromEntries(Object.entries(object).filter(([name]) => name !== field));
}

/** With a member that accepts none of the scalars' bad values. */
function unionExample({ validator, good, bad }: Example): Example {
  const member = v.object({ only: v.literal("member") });
  return {
    validator: v.union(validator as RequiredValidator, member),
    good: fc.oneof(good, fc.constant<Value>({ only: "member" })),
    bad,
  };
}
