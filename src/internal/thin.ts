import { v } from "convex/values";
import { readThinEvent } from "../stripe/thinEvent.ts";
import { internal } from "./_generated/api.ts";
import { stripeSecretKey } from "./environment.ts";
import {
  internalAction,
  ledgerMutation,
  sealedMutation,
  thinDeliveryMutation,
} from "./functions.ts";
import { requireBody } from "./ledger/ledger.ts";
import { RECEIVED, writeStanding } from "./ledger/standing.ts";
import { deliveryResult, takeOnce } from "./ledger/takeOnce.ts";
import { retryDelayMs } from "./recovery/backoff.ts";
import { readForThinEvent } from "./recovery/observe.ts";
import { EVENT_RETRY } from "./recovery/retryEvent.ts";
import { readStanding, settleThinEvent } from "./recovery/settleThinEvent.ts";
import { openStripeApi, RESOURCE_MISSING, stripeFailure } from "./recovery/stripeApi.ts";
import { takeRead } from "./recovery/takeRead.ts";

/** Longer than a read can take with all of its repetitions; then it counts as lost. */
const READ_LEASE_MS = 120_000;

const readRequest = v.object({
  snapshotEventId: v.union(v.string(), v.null()),
  objectType: v.union(v.string(), v.null()),
  objectId: v.union(v.string(), v.null()),
});

/**
 * Takes in the delivery of a thin event. It waits as `received` to be read from Stripe, if there is a rule
 * for what it tells; otherwise it is recorded.
 *
 * @throws ConvexError `signature_not_verified`, `not_an_event`; nothing was written
 */
export const receive = thinDeliveryMutation({
  args: {},
  returns: deliveryResult,
  handler: async (ctx) =>
    await takeOnce(ctx, RECEIVED, (row) => settleThinEvent(ctx, row, ctx.verified.event)),
});

/**
 * Reads what a thin event is about: its snapshot event, else its object as an observation. At most once:
 * a read that is lost is taken up by `inbox:sweep`.
 */
export const read = internalAction({
  args: { eventId: v.id("events") },
  returns: v.null(),
  handler: async (ctx, { eventId }): Promise<null> => {
    const request = await ctx.runMutation(internal.thin.begin, { eventId });
    if (request === null) {
      return null;
    }
    try {
      const sealed = await readForThinEvent(openStripeApi(), request);
      await ctx.runMutation(internal.thin.finish, { ...sealed, thinEventId: eventId });
    } catch (error) {
      await ctx.runMutation(internal.thin.fail, { eventId, failure: stripeFailure(error) });
    }
    return null;
  },
});

/** @returns what to read now, or null: it does not wait, is not due, or there is no API key */
export const begin = ledgerMutation({
  args: {},
  returns: v.union(readRequest, v.null()),
  handler: async ({ payment, event: row }) => {
    const nowMs = Date.now();
    const isDue = row.nextAttemptAtMs !== null && row.nextAttemptAtMs <= nowMs;
    if (row.status !== "received" || !isDue || stripeSecretKey() === null) {
      return null;
    }
    const body = await requireBody(payment, row);
    const { snapshotEventId, objectType, objectId } = readThinEvent(body);
    await writeStanding(payment, row, {
      nextAttemptAtMs: nowMs + READ_LEASE_MS,
      statusReason: null,
    });
    return { snapshotEventId, objectType, objectId };
  },
});

/** Takes in what was read for a thin event, which is done with. */
export const finish = sealedMutation({
  args: { thinEventId: v.id("events") },
  returns: v.null(),
  handler: async (ctx, { thinEventId }) => {
    await takeRead(ctx);
    const row = await ctx.payment.get(thinEventId);
    if (row?.status === "received") {
      const attempts = row.attempts + 1;
      await writeStanding(ctx.payment, row, {
        ...readStanding(ctx.verified.event.id),
        attempts,
      });
    }
    return null;
  },
});

/** Has what could not be read tried again; what Stripe does not know is dead. */
export const fail = ledgerMutation({
  args: { failure: v.string() },
  returns: v.null(),
  handler: async ({ payment, scheduler, event: row }, { failure }) => {
    if (row.status !== "received") {
      return null;
    }
    const attempts = row.attempts + 1;
    const delayMs = failure === RESOURCE_MISSING ? null : retryDelayMs(EVENT_RETRY, attempts);
    if (delayMs === null) {
      const dead = { status: "dead", nextAttemptAtMs: null } as const;
      await writeStanding(payment, row, { ...dead, attempts, statusReason: failure });
    } else {
      const nextAttemptAtMs = Date.now() + delayMs;
      await writeStanding(payment, row, { attempts, statusReason: failure, nextAttemptAtMs });
      await scheduler.runAt(nextAttemptAtMs, internal.thin.read, { eventId: row._id });
    }
    return null;
  },
});
