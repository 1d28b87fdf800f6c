import { expect } from "vitest";
import type { SqlStore } from "../../src/engine/storage/SqlStore.ts";
import { openMemoryStore } from "../../src/hosts/node/nodeSqliteStore.ts";
import {
  deliveryOf,
  FIXTURE_SECONDS,
  type JsonObject,
  listOf,
  price,
  stripeEvent,
  subscription,
  subscriptionItem,
} from "../fixtures/stripe.ts";
import { faultyStore } from "../support/faultyStore.ts";
import { deliverTo, internalFunctions } from "../support/internalFunctions.ts";
import { openSchedulerEngine, type SchedulerEngine } from "../support/schedulerEngine.ts";

/** What a handler that people paste together meets: one gateway, one plan, and Stripe's deliveries. */
export interface World {
  readonly gateway: SchedulerEngine;
  readonly planId: string;
  /** Delivers an event `atSeconds` after the fixtures' time; the answer must be 200. @returns its row */
  deliver(
    type: string,
    object: JsonObject,
    options?: { atSeconds?: number; previous?: JsonObject; envelope?: JsonObject },
  ): Promise<JsonObject>;
  /** The plan as it is now. */
  plan(): Promise<JsonObject>;
  rows(table: string): Promise<JsonObject[]>;
}

export async function openWorld(store: SqlStore = openMemoryStore()): Promise<World> {
  const gateway = openSchedulerEngine({ ...internalFunctions, faultyStore }, { store });
  const planId = (await gateway.call("plans:open", { ownerId: "ann" })) as string;
  const rows = async (table: string) => {
    const paginationOpts = { numItems: 100, cursor: null };
    const args = { table, order: "asc", paginationOpts };
    return ((await gateway.call("_system/cli/tableData", args)) as { page: JsonObject[] }).page;
  };
  return {
    gateway,
    planId,
    rows,
    deliver: async (type, object, { atSeconds = 0, previous, envelope = {} } = {}) => {
      const event = stripeEvent(type, object, {
        created: FIXTURE_SECONDS + atSeconds,
        ...(previous !== undefined && { previousAttributes: previous }),
        ...envelope,
      });
      expect((await deliverTo(gateway, event)).status).toBe(200);
      const ledger = await rows("events");
      return ledger.find(({ stripeEventId }) => stripeEventId === event["id"]) as JsonObject;
    },
    plan: async () => (await gateway.call("plans:get", { planId })) as JsonObject,
  };
}

/** A subscription to the professional plan, named for this one. */
export function professional(planId: string, overrides: JsonObject = {}): JsonObject {
  const item = subscriptionItem({ price: price({ lookup_key: "professional_monthly" }) });
  return subscription({
    id: "sub_1",
    customer: "cus_1",
    ...{ metadata: { planId } },
    items: listOf([item]),
    ...overrides,
  });
}

/** Posts a body with a header of one's own. */
export async function post(
  { gateway }: World,
  body: string,
  signatureHeader: string,
): Promise<Response> {
  const request = new Request("http://localhost/stripe/webhook", {
    method: "POST",
    headers: { "stripe-signature": signatureHeader },
    body,
  });
  return await gateway.engine.handleHttp(request, null);
}

/** What is signed now, by this secret. */
export function signedNow(event: JsonObject, ageSeconds = 0, secret?: string) {
  const timestampSeconds = Math.floor(Date.now() / 1_000) - ageSeconds;
  return deliveryOf(event, { timestampSeconds, ...(secret !== undefined && { secret }) });
}
