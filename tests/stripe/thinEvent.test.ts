import { describe, expect, test } from "vitest";
import { readThinEvent, snapshotType } from "../../src/stripe/thinEvent.ts";
import { FIXTURE_SECONDS, type JsonObject, subscription, thinEvent } from "../fixtures/stripe.ts";

const object = subscription({ id: "sub_1" });
const event = thinEvent("v1.customer.subscription.updated", object, {
  id: "evt_thin",
  snapshot_event: "evt_snapshot",
});

describe("T1 the envelope of a thin event", () => {
  test("is read without what it does not say", () => {
    expect(readThinEvent(JSON.stringify(event))).toEqual({
      id: "evt_thin",
      type: "v1.customer.subscription.updated",
      createdSeconds: FIXTURE_SECONDS,
      apiVersion: null,
      livemode: false,
      account: null,
      objectType: "subscription",
      objectId: "sub_1",
      snapshotEventId: "evt_snapshot",
    });
  });

  test("may name neither an object nor a snapshot event, and its context is an account", () => {
    const bare = { ...event, related_object: null, snapshot_event: undefined, context: "acct_1" };
    expect(readThinEvent(JSON.stringify(bare))).toMatchObject({
      account: "acct_1",
      objectType: null,
      objectId: null,
      snapshotEventId: null,
    });
  });

  test.each<[string, JsonObject]>([
    ["object", { object: "event" }],
    ["id", { id: "two words" }],
    ["type", { type: "" }],
    ["created", { created: FIXTURE_SECONDS }],
    ["created", { created: "yesterday" }],
    ["livemode", { livemode: "false" }],
    ["related_object.id", { related_object: { id: 1, type: "x" } }],
    ["snapshot_event", { snapshot_event: {} }],
  ])("V3 is no event with a wrong %s", (field, overrides) => {
    const body = JSON.stringify({ ...event, ...overrides });
    expect(() => readThinEvent(body)).toThrow(
      expect.objectContaining({ code: "not_an_event", reason: "invalid_field", field }),
    );
  });
});

test("T1 the type of the snapshot event is that without the API's name", () => {
  expect(snapshotType("v1.invoice.paid")).toBe("invoice.paid");
  expect(snapshotType("v2.core.account.updated")).toBeNull();
  expect(snapshotType("invoice.paid")).toBeNull();
});
