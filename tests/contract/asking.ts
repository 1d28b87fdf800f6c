import { expect } from "vitest";
import {
  deliveryOf,
  type JsonObject,
  listOf,
  price,
  stripeEvent,
  subscription,
  subscriptionItem,
} from "../fixtures/stripe.ts";
import { eventually } from "../support/eventually.ts";
import { TEST_ADMIN_KEY } from "../support/gatewayProcess.ts";
import type { Place } from "./Place.ts";

/** An active subscription of one seat; `overrides` are its fields, those of its item among them. */
export function professional(planId: string, overrides: JsonObject = {}): JsonObject {
  const item = subscriptionItem({ price: price({ lookup_key: "professional_monthly" }) });
  return subscription({ metadata: { planId }, items: listOf([item]), ...overrides });
}

export async function openPlan(place: Pick<Place, "run">, ownerId: string): Promise<string> {
  return (await place.run("plans:open", { ownerId })) as string;
}

export async function planOf(place: Pick<Place, "run">, planId: string): Promise<JsonObject> {
  return (await place.run("plans:get", { planId })) as JsonObject;
}

export async function planType(place: Pick<Place, "run">, planId: string): Promise<unknown> {
  return (await planOf(place, planId))["planType"];
}

/** Sends an event as Stripe would, with a signature of this moment. */
export async function deliver(
  place: Pick<Place, "fetch" | "nowMs">,
  event: JsonObject,
): Promise<Response> {
  return await post(place, deliveryOf(event, { timestampSeconds: nowSeconds(place) }));
}

/** Delivers an event about `object`, which must be taken. @returns its id */
export async function tell(
  place: Pick<Place, "fetch" | "nowMs">,
  type: string,
  object: JsonObject,
  overrides: JsonObject = {},
): Promise<string> {
  const event = stripeEvent(type, object, overrides);
  expect((await deliver(place, event)).status).toBe(200);
  return event["id"] as string;
}

export async function post(
  place: Pick<Place, "fetch">,
  { body, signatureHeader }: { body: string; signatureHeader: string },
): Promise<Response> {
  return await place.fetch("/stripe/webhook", {
    method: "POST",
    body,
    headers: signatureHeader === "" ? {} : { "stripe-signature": signatureHeader },
  });
}

/** The newest rows of the ledger. */
export async function rows(place: Pick<Place, "run">): Promise<JsonObject[]> {
  const { page } = (await place.run("events:list", {
    paginationOpts: { numItems: 200, cursor: null },
  })) as { page: JsonObject[] };
  return page;
}

export async function rowOf(place: Pick<Place, "run">, eventId: string): Promise<JsonObject> {
  return (await rows(place)).find(({ stripeEventId }) => stripeEventId === eventId) ?? {};
}

export async function ledger(place: Pick<Place, "run">): Promise<unknown[]> {
  return (await rows(place)).map(({ stripeEventId }) => stripeEventId);
}

/** What an operator is refused with. */
export async function refusalOf(
  place: Pick<Place, "run">,
  path: string,
  args: object,
): Promise<string> {
  return await place.run(path, args).then(
    () => "",
    (error: Error) => error.message,
  );
}

/** Lets time pass until `check` holds: at once as much as is told, then little by little. */
export async function whenPassed(
  place: Pick<Place, "advance">,
  ms: number,
  check: () => Promise<void>,
): Promise<void> {
  await place.advance(ms);
  await eventually(async () => {
    await place.advance(500);
    await check();
  });
}

/** Asks an admin's endpoint, or any other with the key that is given. */
export async function ask(
  place: Pick<Place, "fetch">,
  path: string,
  { key = TEST_ADMIN_KEY, body }: { key?: string | null; body?: object } = {},
): Promise<{ status: number; body: JsonObject }> {
  const response = await place.fetch(path, {
    headers: {
      "content-type": "application/json",
      ...(key !== null && { authorization: `Convex ${key}` }),
    },
    ...(body !== undefined && { method: "POST", body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text.startsWith("{") ? JSON.parse(text) : { text } };
}

export function nowSeconds(place: Pick<Place, "nowMs">): number {
  return Math.floor(place.nowMs() / 1_000);
}
