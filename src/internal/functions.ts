import type { Scheduler } from "convex/server";
import { v } from "convex/values";
import { customCtx, customMutation } from "convex-helpers/server/customFunctions";
import {
  type VerifiedEvent,
  type VerifiedThinEvent,
  verifyDelivery,
  verifySealed,
  verifyThinDelivery,
} from "../stripe/verify.ts";
import {
  type DatabaseWriter,
  internalMutation as rawInternalMutation,
  mutation as rawMutation,
} from "./_generated/server.ts";
import { requireStripeSecretKey, signingSecrets } from "./environment.ts";
import { guardedDatabase } from "./guard/guardedDatabase.ts";
import { housekeeping } from "./guard/housekeeping.ts";
import { paymentDatabase } from "./guard/paymentDatabase.ts";
import { type LedgerEvent, requireAppliedEvent, requireLedgerEvent } from "./ledger/ledger.ts";
import { refusal } from "./refusal.ts";

/**
 * The builders of this folder. Mutations are made with these, never with those of `_generated/server`:
 * which builder a function uses decides what it may write.
 */
export {
  action,
  httpAction,
  internalAction,
  internalQuery,
  query,
} from "./_generated/server.ts";

const guarded = customCtx((ctx: { db: DatabaseWriter }) => ({ db: guardedDatabase(ctx.db) }));

/** A public mutation: writes nothing that payment decides. */
export const mutation = customMutation(rawMutation, guarded);

/** An internal mutation: writes nothing that payment decides. */
export const internalMutation = customMutation(rawInternalMutation, guarded);

/**
 * An internal mutation that takes in a webhook delivery. The signature is checked here as well as at
 * the door, because internal functions can be run by hand from the dashboard and the CLI: whoever
 * calls it, only a body that Stripe signed gets any further.
 *
 * `ctx.verified` is the event; `ctx.payment` may write what payment decides.
 *
 * @throws ConvexError `signature_not_verified`, `not_an_event`
 */
export const deliveryMutation = customMutation(rawInternalMutation, {
  args: { body: v.string(), signatureHeader: v.string() },
  input: async (ctx, delivery) =>
    withVerified(ctx, () =>
      verifyDelivery(delivery, { secrets: signingSecrets(), nowMs: Date.now() }),
    ),
});

/**
 * As {@link deliveryMutation}, for the delivery of a thin event.
 *
 * @throws ConvexError `signature_not_verified`, `not_an_event`
 */
export const thinDeliveryMutation = customMutation(rawInternalMutation, {
  args: { body: v.string(), signatureHeader: v.string() },
  input: async (ctx, delivery) =>
    withVerified(ctx, () =>
      verifyThinDelivery(delivery, { secrets: signingSecrets(), nowMs: Date.now() }),
    ),
});

/**
 * An internal mutation that takes in what an action read from Stripe's API and sealed. As
 * {@link deliveryMutation}: whoever calls it, only what Stripe said gets any further.
 *
 * @throws ConvexError `stripe_key_missing`, `signature_not_verified`, `not_an_event`
 */
export const sealedMutation = customMutation(rawInternalMutation, {
  args: { body: v.string(), seal: v.string() },
  input: async (ctx, sealed) => {
    const secretKey = requireStripeSecretKey();
    return withVerified(ctx, () => verifySealed(sealed, { secretKey, nowMs: Date.now() }));
  },
});

function withVerified<Verified extends VerifiedEvent | VerifiedThinEvent>(
  ctx: { db: DatabaseWriter; scheduler: Scheduler },
  verify: () => Verified,
) {
  try {
    const verified = verify();
    const payment = paymentDatabase(ctx, verified);
    return { ctx: { db: guardedDatabase(ctx.db), payment, verified }, args: {} };
  } catch (error) {
    const isNotAnEvent = error instanceof Error && error.name === "NotAnEventError";
    throw isNotAnEvent
      ? refusal("not_an_event", "The body is signed, but is no Stripe event.")
      : refusal("signature_not_verified", "The signature could not be verified.");
  }
}

/**
 * An internal mutation on behalf of one verified event of the ledger, whatever became of it, given by
 * `eventId`: Stripe's id or the ledger's own. `ctx.event` is proof that it is there; `ctx.payment` may
 * write what payment decides.
 *
 * @throws ConvexError `event_not_found`
 */
export const ledgerMutation = customMutation(rawInternalMutation, {
  args: { eventId: v.string() },
  input: async (ctx, { eventId }) => onBehalfOf(ctx, await requireLedgerEvent(ctx.db, eventId)),
});

/**
 * As {@link ledgerMutation}, if the event was applied.
 *
 * @throws ConvexError `event_not_found`, `event_not_applied`
 */
export const paymentMutation = customMutation(rawInternalMutation, {
  args: { eventId: v.string() },
  input: async (ctx, { eventId }) => onBehalfOf(ctx, await requireAppliedEvent(ctx.db, eventId)),
});

function onBehalfOf(ctx: { db: DatabaseWriter; scheduler: Scheduler }, event: LedgerEvent) {
  const payment = paymentDatabase(ctx, event);
  return { ctx: { db: guardedDatabase(ctx.db), payment, event }, args: {} };
}

/**
 * An internal mutation that keeps less of what was received: `ctx.housekeeping` can drop bodies and hide
 * owners, and nothing that could change a plan.
 */
export const housekeepingMutation = customMutation(
  rawInternalMutation,
  customCtx((ctx: { db: DatabaseWriter }) => ({
    db: guardedDatabase(ctx.db),
    housekeeping: housekeeping(ctx.db),
  })),
);
