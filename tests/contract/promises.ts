import { expect } from "vitest";
import {
  checkoutSession,
  deliveryOf,
  type JsonObject,
  listOf,
  price,
  stripeEvent,
  subscription,
  subscriptionItem,
  uniqueId,
} from "../fixtures/stripe.ts";
import { eventually } from "../support/eventually.ts";
import type { Place, PlaceName } from "./Place.ts";
import { SyncSocket } from "./SyncSocket.ts";

export interface ContractCase {
  /** Numbers of docs/SPEC.md. */
  readonly promises: readonly string[];
  readonly what: string;
  /** Where it does not apply, with the reason. */
  readonly skipped?: Partial<Record<PlaceName, string>>;
  run(place: Place): Promise<void>;
}

const NO_HTTP_API = { "convex-test": "has no HTTP API, no WebSocket and no admin key" } as const;
const NOTHING_KEPT = { "convex-test": "keeps nothing and cannot be restarted" } as const;

/** What every place promises; each body speaks HTTP, WebSocket and signed events only. */
export const CONTRACT: readonly ContractCase[] = [
  {
    promises: ["V1", "X1"],
    what: "a signed event is answered with 200 and changes the plan, which names it",
    run: async (place) => {
      const planId = await openPlan(place, "signed");
      expect(await planType(place, planId)).toBe("free");
      const event = stripeEvent("customer.subscription.created", professional(planId));
      const response = await deliver(place, event);
      expect(response.status).toBe(200);
      expect(await response.json()).toEqual({ status: "applied", isDuplicate: false });
      expect(await planType(place, planId)).toBe("professional");
      expect(await place.run("plans:changes", { planId })).toMatchObject([
        { stripeEventId: event["id"] },
      ]);
    },
  },
  {
    promises: ["V2", "V3"],
    what: "what is forged, stale, unsigned or no event is answered with 400 and leaves nothing",
    run: async (place) => {
      const before = await ledger(place);
      const body = JSON.stringify(stripeEvent("customer.subscription.created", subscription()));
      const foreign = { secret: "whsec_somebodyElse0123456789" };
      const refused = [
        deliveryOf(body, { ...foreign, timestampSeconds: nowSeconds(place) }),
        deliveryOf(body, { timestampSeconds: nowSeconds(place) - 3_600 }),
        { body, signatureHeader: "" },
        deliveryOf("{}", { timestampSeconds: nowSeconds(place) }),
      ];
      for (const delivery of refused) {
        expect((await post(place, delivery)).status).toBe(400);
      }
      expect(await ledger(place)).toEqual(before);
    },
  },
  {
    promises: ["O2"],
    what: "an event that comes again changes nothing and is answered with 200",
    run: async (place) => {
      const planId = await openPlan(place, "again");
      const event = stripeEvent("customer.subscription.created", professional(planId));
      await deliver(place, event);
      const again = await deliver(place, event);
      expect(again.status).toBe(200);
      expect(await again.json()).toEqual({ status: "applied", isDuplicate: true });
      const ids = (await ledger(place)).filter((id) => id === event["id"]);
      expect(ids).toHaveLength(1);
    },
  },
  {
    promises: ["O1", "O3"],
    what: "a subscription that ended does not come back with an older event",
    run: async (place) => {
      const planId = await openPlan(place, "late");
      const active = professional(planId);
      const ended = { ...active, status: "canceled", ended_at: nowSeconds(place) };
      await deliver(place, stripeEvent("customer.subscription.deleted", ended));
      await deliver(place, stripeEvent("customer.subscription.created", active));
      expect(await planType(place, planId)).toBe("free");
    },
  },
  {
    promises: ["P1"],
    what: "an unpaid Checkout Session grants nothing",
    run: async (place) => {
      const planId = await openPlan(place, "unpaid");
      const session = checkoutSession({ client_reference_id: planId, payment_status: "unpaid" });
      expect(
        (await deliver(place, stripeEvent("checkout.session.completed", session))).status,
      ).toBe(200);
      expect(await planType(place, planId)).toBe("free");
    },
  },
  {
    promises: ["C4"],
    what: "events of the other mode and of connected accounts are quarantined",
    run: async (place) => {
      const planId = await openPlan(place, "foreign");
      for (const foreign of [{ livemode: true }, { account: uniqueId("acct") }]) {
        const event = stripeEvent("customer.subscription.created", professional(planId), foreign);
        const response = await deliver(place, event);
        expect(response.status).toBe(200);
        expect(await response.json()).toMatchObject({ status: "quarantined" });
      }
      expect(await planType(place, planId)).toBe("free");
    },
  },
  {
    promises: ["C5"],
    what: "a body of more than 1 MiB is answered with 413, another method with 405",
    run: async (place) => {
      const large = await post(place, {
        body: "x".repeat(1024 * 1024 + 1),
        signatureHeader: "t=1",
      });
      expect(large.status).toBe(413);
      expect((await place.fetch("/stripe/webhook")).status).toBe(405);
    },
  },
  {
    promises: ["C1"],
    what: "a client that calls an internal function gets the answer for one that does not exist",
    skipped: NO_HTTP_API,
    run: async (place) => {
      const call = async (path: string): Promise<string> => {
        const response = await place.fetch("/api/mutation", {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ path, args: {}, format: "json" }),
        });
        return ((await response.json()) as { errorMessage: string }).errorMessage;
      };
      const internal = await call("plans:open");
      expect(withoutId(internal.replaceAll("open", "nothing"))).toBe(
        withoutId(await call("plans:nothing")),
      );
    },
  },
  {
    promises: ["D1", "E7"],
    what: "what was acknowledged is there after a stop without warning, once",
    skipped: NOTHING_KEPT,
    run: async (place) => {
      const planId = await openPlan(place, "kept");
      const event = stripeEvent("customer.subscription.created", professional(planId));
      await deliver(place, event);
      await place.restart();
      expect(await planType(place, planId)).toBe("professional");
      expect(await (await deliver(place, event)).json()).toMatchObject({ isDuplicate: true });
    },
  },
  {
    promises: ["P8", "E8"],
    what: "a scheduled end passes without an event, by a scheduled function",
    skipped: { "convex-test": "starts scheduled functions by the test's own fake timers only" },
    run: async (place) => {
      const planId = await openPlan(place, "ending");
      const endsSoon = { ...professional(planId), cancel_at: nowSeconds(place) + 3_600 };
      await deliver(place, stripeEvent("customer.subscription.created", endsSoon));
      expect(await planType(place, planId)).toBe("professional");
      await place.advance(3_700_000);
      await eventually(async () => {
        expect(await place.run("plans:changes", { planId })).toHaveLength(2);
      });
      expect(await planType(place, planId)).toBe("free");
    },
  },
  {
    promises: ["E14"],
    what: "a live query hears of a plan that an event changed",
    skipped: NO_HTTP_API,
    run: async (place) => {
      const planId = await openPlan(place, "watched");
      const socket = await SyncSocket.open(place);
      socket.watch("plans:get", { planId });
      await socket.until(({ text }) => text.includes('"free"'));
      await deliver(place, stripeEvent("customer.subscription.created", professional(planId)));
      await socket.until(({ text }) => text.includes('"professional"'));
      socket.close();
    },
  },
  {
    promises: ["E15"],
    what: "a mutation that is sent again over a new connection runs once",
    skipped: NO_HTTP_API,
    run: async (place) => {
      const sessionId = crypto.randomUUID();
      const results: string[] = [];
      for (let connection = 0; connection < 2; connection++) {
        const socket = await SyncSocket.open(place, sessionId);
        socket.mutate("plans:open", { ownerId: sessionId });
        const { text } = await socket.until(({ type }) => type === "MutationResponse");
        results.push(text);
        socket.close();
        await place.restart();
      }
      // The timestamp of the first run shows that there was no second one.
      expect(results[1]).toBe(results[0]);
    },
  },
];

export function professional(planId: string): JsonObject {
  const item = subscriptionItem({ price: price({ lookup_key: "professional_monthly" }) });
  return subscription({ metadata: { planId }, items: listOf([item]) });
}

export async function openPlan(place: Pick<Place, "run">, ownerId: string): Promise<string> {
  return (await place.run("plans:open", { ownerId })) as string;
}

export async function planType(place: Pick<Place, "run">, planId: string): Promise<unknown> {
  return ((await place.run("plans:get", { planId })) as JsonObject)["planType"];
}

export async function deliver(
  place: Pick<Place, "fetch" | "nowMs">,
  event: JsonObject,
): Promise<Response> {
  return await post(place, deliveryOf(event, { timestampSeconds: nowSeconds(place) }));
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

export async function ledger(place: Pick<Place, "run">): Promise<unknown[]> {
  const { page } = (await place.run("events:list", {
    paginationOpts: { numItems: 200, cursor: null },
  })) as { page: { stripeEventId: string }[] };
  return page.map(({ stripeEventId }) => stripeEventId);
}

function nowSeconds(place: Pick<Place, "nowMs">): number {
  return Math.floor(place.nowMs() / 1_000);
}

function withoutId(message: string): string {
  return message.replace(/\[Request ID: \w+\]/, "");
}
