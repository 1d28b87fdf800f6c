import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { previousObject } from "../../src/stripe/previousObject.ts";

describe("the object before an updated event", () => {
  test("has the former values of changed keys and the present values of all others", () => {
    expect(
      previousObject({ id: "sub_1", status: "active", quantity: 1 }, { status: "past_due" }),
    ).toEqual({ id: "sub_1", status: "past_due", quantity: 1 });
  });

  test("has nested objects merged: only what changed inside them is given", () => {
    expect(
      previousObject(
        { metadata: { planId: "plan_1", note: "new" }, plan: { id: "gold", amount: 900 } },
        { metadata: { note: "old" }, plan: { amount: 500 } },
      ),
    ).toEqual({ metadata: { planId: "plan_1", note: "old" }, plan: { id: "gold", amount: 500 } });
  });

  test("has changed arrays whole", () => {
    const present = { items: { object: "list", data: [{ id: "si_1" }, { id: "si_2" }] } };
    expect(previousObject(present, { items: { data: [{ id: "si_1" }] } })).toEqual({
      items: { object: "list", data: [{ id: "si_1" }] },
    });
  });

  test("has null where a value was null or absent", () => {
    expect(
      previousObject(
        { cancel_at: 1_700_000_000, metadata: { planId: "plan_1" } },
        { cancel_at: null, metadata: { planId: null } },
      ),
    ).toEqual({ cancel_at: null, metadata: { planId: null } });
  });

  test("has the whole former object where there is none now", () => {
    const former = { behavior: "void", resumes_at: null };
    expect(previousObject({ pause_collection: null }, { pause_collection: former })).toEqual({
      pause_collection: former,
    });
    expect(previousObject({}, { pause_collection: former })).toEqual({ pause_collection: former });
  });

  test("has null where there is an object now", () => {
    const present = { pause_collection: { behavior: "void" } };
    expect(previousObject(present, { pause_collection: null })).toEqual({ pause_collection: null });
  });

  test("does not change its arguments", () => {
    const present = { metadata: { note: "new" } };
    const attributes = { metadata: { note: "old" } };
    previousObject(present, attributes);
    expect([present, attributes]).toEqual([
      { metadata: { note: "new" } },
      { metadata: { note: "old" } },
    ]);
  });

  test("treats keys that objects inherit as data", () => {
    const present = JSON.parse('{"__proto__":{"a":1},"metadata":{}}');
    const attributes = JSON.parse(
      '{"__proto__":{"status":"active"},"constructor":{"prototype":{"status":"active"}},"metadata":{"__proto__":{"status":"active"}}}',
    );
    const previous = previousObject(present, attributes);
    expect(Object.getPrototypeOf(previous)).toBe(Object.prototype);
    expect(previous["status"]).toBeUndefined();
    expect(({} as Record<string, unknown>)["status"]).toBeUndefined();
    expect(JSON.stringify(previous)).toBe(
      '{"__proto__":{"a":1,"status":"active"},"metadata":{"__proto__":{"status":"active"}},"constructor":{"prototype":{"status":"active"}}}',
    );
  });
});

test("undoes any change that is described as Stripe describes changes", () => {
  const values = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom("a", "b", 1, 2, true, null),
      fc.array(fc.constantFrom("x", "y", 1), { maxLength: 2 }),
      tie("object"),
    ),
    object: fc.dictionary(fc.constantFrom("k", "l", "__proto__", "constructor"), tie("value"), {
      noNullPrototype: true,
    }),
  }));
  const objects = values.object as fc.Arbitrary<Record<string, unknown>>;
  fc.assert(
    fc.property(objects, objects, (former, present) => {
      const previous = previousObject(present, describeChange(former, present));
      expect(withoutNulls(previous)).toEqual(withoutNulls(former));
    }),
    { seed: 1, numRuns: 3_000 },
  );
});

/** `previous_attributes` of the change from `former` to `present`. */
function describeChange(
  former: Record<string, unknown>,
  present: Record<string, unknown>,
): Record<string, unknown> {
  const keys = [...new Set([...Object.keys(former), ...Object.keys(present)])];
  return Object.fromEntries(
    keys.flatMap((key) => {
      const [was, is] = [own(former, key), own(present, key)];
      if (JSON.stringify(was) === JSON.stringify(is)) {
        return [];
      }
      return [[key, isObject(was) && isObject(is) ? describeChange(was, is) : was]];
    }),
  );
}

function own(object: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Absent and `null` are one thing in `previous_attributes`. */
function withoutNulls(value: unknown): unknown {
  return isObject(value)
    ? Object.entries(value)
        .filter(([, inner]) => inner !== null)
        .map(([key, inner]) => [key, withoutNulls(inner)])
        .sort()
    : value;
}
