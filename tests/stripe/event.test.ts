import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  EVENT_ID_MAX_LENGTH,
  EVENT_TYPE_MAX_LENGTH,
  NotAnEventError,
  readEvent,
  type StripeEvent,
} from "../../src/stripe/event.ts";
import { FIXTURE_SECONDS, type JsonObject, stripeEvent, subscription } from "../fixtures/stripe.ts";
import { oldStripeEvent, subscription2014 } from "../fixtures/stripeOldShapes.ts";

const object = subscription({ id: "sub_1" });
const event = stripeEvent("customer.subscription.updated", object, { id: "evt_1" });

describe("an event", () => {
  test("is read with its object and former values", () => {
    const changed = stripeEvent("customer.subscription.updated", object, {
      id: "evt_1",
      account: "acct_1",
      livemode: true,
      previousAttributes: { status: "trialing" },
    });
    expect(read(changed)).toEqual({
      id: "evt_1",
      type: "customer.subscription.updated",
      createdSeconds: FIXTURE_SECONDS,
      apiVersion: "2026-10-28.endive",
      livemode: true,
      account: "acct_1",
      object,
      objectType: "subscription",
      objectId: "sub_1",
      previousAttributes: { status: "trialing" },
    });
  });

  test("of an old version is read, with a text as request and without what came later", () => {
    const old = oldStripeEvent(2014, "customer.subscription.created", subscription2014());
    expect(read(without(old, ["api_version", "livemode", "pending_webhooks"]))).toMatchObject({
      type: "customer.subscription.created",
      apiVersion: null,
      livemode: false,
      account: null,
      previousAttributes: null,
    });
  });

  test("that does not say its mode is a test event, never a live one", () => {
    expect(read(without(event, ["livemode"])).livemode).toBe(false);
    expect(read({ ...event, livemode: null }).livemode).toBe(false);
  });

  test("may spell created and livemode as text", () => {
    const spelled = { ...event, created: "1518896523", livemode: "true" };
    expect(read(spelled)).toMatchObject({ createdSeconds: 1_518_896_523, livemode: true });
    expect(read({ ...event, livemode: "false" }).livemode).toBe(false);
  });

  test("of a connected account names it, under its name before 2017-05-25 too", () => {
    expect(read({ ...event, user_id: "acct_1" }).account).toBe("acct_1");
    expect(read({ ...event, user_id: "acct_1", account: "acct_2" }).account).toBe("acct_2");
  });

  test("may be about an object without id or type", () => {
    expect(read({ ...event, data: { object: {} } })).toMatchObject({
      object: {},
      objectType: null,
      objectId: null,
    });
    const odd = { id: 1, object: ["subscription"] };
    expect(read({ ...event, data: { object: odd } })).toMatchObject({
      objectType: null,
      objectId: null,
    });
  });

  test("may have an id and a type of exactly the longest length", () => {
    const id = "e".repeat(EVENT_ID_MAX_LENGTH);
    const type = "t".repeat(EVENT_TYPE_MAX_LENGTH);
    expect(read({ ...event, id, type })).toMatchObject({ id, type });
  });
});

describe("V3 a body that is no event is refused", () => {
  test.each([
    ["no JSON", "{", "invalid_json"],
    ["nothing", "", "invalid_json"],
    ["null", "null", "other_object"],
    ["a number", "1", "other_object"],
    ["text", '"event"', "other_object"],
    ["a list of events", JSON.stringify([event]), "other_object"],
    ["another object", JSON.stringify(object), "other_object"],
    ["an unmarked object", '{"hello":1}', "other_object"],
    ["an inherited mark", '{"__proto__":{"object":"event"}}', "other_object"],
    ["a thin event", '{"object":"v2.core.event","id":"evt_1"}', "thin_event"],
  ])("when it holds %s", (_, body, reason) => {
    expect(errorOf(() => readEvent(body))).toMatchObject({
      code: "not_an_event",
      reason,
      field: null,
    });
  });

  test.each<[string, JsonObject]>([
    ["id", { id: undefined }],
    ["id", { id: 1 }],
    ["id", { id: "" }],
    ["id", { id: "e".repeat(EVENT_ID_MAX_LENGTH + 1) }],
    ["id", { id: "evt 1" }],
    ["id", { id: "evt_\u00e9" }],
    ["id", { id: "evt_1\n" }],
    ["type", { type: null }],
    ["type", { type: "t".repeat(EVENT_TYPE_MAX_LENGTH + 1) }],
    ["type", { type: "a\u0000b" }],
    ["created", { created: undefined }],
    ["created", { created: null }],
    ["created", { created: -1 }],
    ["created", { created: 1.5 }],
    ["created", { created: 1e300 }],
    ["created", { created: "" }],
    ["created", { created: "1e3" }],
    ["created", { created: "0x10" }],
    ["livemode", { livemode: 1 }],
    ["livemode", { livemode: "yes" }],
    ["livemode", { livemode: "TRUE" }],
    ["api_version", { api_version: 2019 }],
    ["account", { account: {} }],
    ["account", { account: "" }],
    ["user_id", { user_id: 7 }],
    ["data", { data: undefined }],
    ["data", { data: [] }],
    ["data.object", { data: {} }],
    ["data.object", { data: { object: null } }],
    ["data.object", { data: { object: "sub_1" } }],
    ["data.object", { data: { object: [] } }],
    ["data.previous_attributes", { data: { object: {}, previous_attributes: [] } }],
  ])("when %s is %j, naming the field", (field, overrides) => {
    expect(errorOf(() => read({ ...event, ...overrides }))).toMatchObject({
      code: "not_an_event",
      reason: "invalid_field",
      field,
    });
  });

  test("with the same message always, and nothing of the body in the error", () => {
    const bodies = [
      "{hunter2",
      '{"hunter2":1}',
      JSON.stringify({ ...event, id: "hunter2 hunter2" }),
    ];
    const errors = bodies.map((body) => errorOf(() => readEvent(body)));
    expect(new Set(errors.map((error) => error.message)).size).toBe(1);
    for (const error of errors) {
      expect(inspect(error, { showHidden: true, depth: null })).not.toContain("hunter2");
    }
  });

  test("and nothing else is thrown, whatever JSON comes", () => {
    const anything = fc.oneof(
      fc.string(),
      fc.json(),
      fc
        .dictionary(fc.constantFrom(...Object.keys(event), "user_id", "account"), fc.jsonValue())
        .map((fields) => JSON.stringify({ ...event, ...fields })),
    );
    fc.assert(
      fc.property(anything, (body) => {
        try {
          expect(typeof readEvent(body).id).toBe("string");
        } catch (error) {
          expect(error).toBeInstanceOf(NotAnEventError);
        }
      }),
      { seed: 20_261_101, numRuns: 500 },
    );
  });
});

test("a key named __proto__ pollutes nothing", () => {
  const poison = '{"polluted":true,"id":"evil","livemode":true,"account":"acct_evil"}';
  const body = JSON.stringify({
    ...event,
    data: { object: { id: "sub_1", PROTO: 1 }, previous_attributes: { PROTO: 1 } },
    PROTO: 1,
  }).replaceAll('"PROTO":1', `"__proto__":${poison},"constructor":{"prototype":${poison}}`);
  const read = readEvent(body);
  expect(read).toMatchObject({ id: "evt_1", livemode: false, account: null, objectId: "sub_1" });
  for (const record of [read, read.object, read.previousAttributes ?? {}, {}]) {
    expect("polluted" in record).toBe(false);
    expect(Object.getPrototypeOf(record)).toBe(Object.prototype);
  }
});

function read(value: JsonObject): StripeEvent {
  return readEvent(JSON.stringify(value));
}

function without(value: JsonObject, fields: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([field]) => !fields.includes(field)));
}

function errorOf(run: () => unknown): NotAnEventError {
  try {
    run();
  } catch (error) {
    if (error instanceof NotAnEventError) {
      return error;
    }
  }
  throw new Error("no NotAnEventError was thrown");
}
