import { v } from "convex/values";
import { internal } from "./_generated/api.ts";
import type { Doc, Id } from "./_generated/dataModel.ts";
import type { DatabaseReader } from "./_generated/server.ts";
import { allowedUrl, backAddress, isAllowedOrigin, ownOrigin } from "./checkout/allowedOrigins.ts";
import { awaitLateEvent } from "./checkout/awaitLateEvent.ts";
import type { CheckoutTurn } from "./checkout/CheckoutTurn.ts";
import { checkoutRequest } from "./checkout/checkoutRequest.ts";
import { holdingsOf } from "./checkout/holdings.ts";
import { liveAddress } from "./checkout/liveAddress.ts";
import { openPortal } from "./checkout/openPortal.ts";
import { type OwnerToken, readOwnerToken, signOwnerToken } from "./checkout/ownerToken.ts";
import { requireOwner } from "./checkout/requireOwner.ts";
import { SELLING_MS } from "./checkout/sellingApi.ts";
import { sessionProgress } from "./checkout/sessionProgress.ts";
import { type CheckoutDestination, startCheckout } from "./checkout/startCheckout.ts";
import { countAsk, turnOf } from "./checkout/turns.ts";
import { viewerOf } from "./checkout/viewerOf.ts";
import { linkSecrets, stripeMode } from "./environment.ts";
import { internalAction, internalMutation, internalQuery } from "./functions.ts";
import { ownScope } from "./plan/findPlan.ts";
import { refusal } from "./refusal.ts";
import { planType } from "./tables/values.ts";

/** A checkout that ends in no other way is over after this long; nothing is asked of Stripe by then. */
const TURN_MS = 5 * SELLING_MS;

/** Notes on an owner's checkouts that nobody used for so long are dropped, so many at a time. */
const NOTES_KEPT_MS = 30 * 24 * 3_600_000;
const MAX_DROPPED = 500;

/** As long as a session can be paid, and a while. */
const VIEW_SECONDS = 2 * 24 * 3_600;

/** For the door: begins a purchase for an owner. @throws as `checkout/startCheckout.ts` says */
export const start = internalAction({
  args: { ownerId: v.string(), request: v.object(checkoutRequest) },
  handler: async (ctx, { ownerId, request }): Promise<CheckoutDestination> =>
    await startCheckout(ctx, ownerId, request),
});

/** For the door: the portal of an owner's own customer. @throws as `checkout/openPortal.ts` says */
export const portal = internalAction({
  args: { ownerId: v.string(), returnUrl: v.optional(v.string()) },
  handler: async (ctx, { ownerId, returnUrl }): Promise<{ url: string }> =>
    await openPortal(ctx, ownerId, returnUrl),
});

/** The signed-in owner. @throws ConvexError `not_signed_in` */
export const signedIn = internalQuery({
  args: {},
  returns: v.string(),
  handler: async (ctx) => await requireOwner(ctx),
});

/** Refuses a form from a page of another origin. @throws ConvexError `origin_not_allowed` */
export const requireOrigin = internalQuery({
  args: { origin: v.string() },
  returns: v.null(),
  handler: async (_ctx, { origin }) => {
    if (!isAllowedOrigin(origin)) {
      throw refusal("origin_not_allowed", "This form is not from a configured origin.");
    }
    return null;
  },
});

/** Where a page may lead back to: this address if it is allowed, else where owners come from; or null. */
export const backFrom = internalQuery({
  args: { address: v.string() },
  returns: v.union(v.string(), v.null()),
  handler: async (_ctx, { address }) => allowedUrl(address)?.href ?? backAddress(),
});

/** What a signed link says. @throws ConvexError `link_invalid`, `link_expired` */
export const readLink = internalQuery({
  args: { link: v.string() },
  handler: async (_ctx, { link }): Promise<OwnerToken> => {
    const token = readOwnerToken("link", link, linkSecrets(), Math.floor(Date.now() / 1_000));
    if (token === "invalid") {
      throw refusal(
        "link_invalid",
        "This link is not valid. Ask for a new one where you found it.",
      );
    }
    if (token === "expired") {
      throw refusal("link_expired", "This link is over. Ask for a new one where you found it.");
    }
    return token;
  },
});

/**
 * A token with which the buyer's browser may see how far the checkout is, and whether to keep it for https
 * alone; null without a link secret.
 */
export const viewToken = internalQuery({
  args: { ownerId: v.string() },
  handler: async (_ctx, { ownerId }): Promise<{ token: string; isSecure: boolean } | null> => {
    const [secret] = linkSecrets();
    if (secret === undefined) {
      return null;
    }
    const expiresAtSeconds = Math.floor(Date.now() / 1_000) + VIEW_SECONDS;
    const token = { ownerId, plan: "", interval: "", expiresAtSeconds };
    return {
      token: signOwnerToken("view", token, secret),
      isSecure: ownOrigin().startsWith("https:"),
    };
  },
});

/** The owner that a view token is for, or null. */
export const viewer = internalQuery({
  args: { token: v.string() },
  returns: v.union(v.string(), v.null()),
  handler: async (_ctx, { token }) => viewerOf(token),
});

/** Where the return page subscribes to `plans:checkoutProgress`; see `checkout/liveAddress.ts`. */
export const live = internalQuery({
  args: {},
  returns: v.union(v.string(), v.null()),
  handler: async () => liveAddress(),
});

/**
 * Begins a checkout, and opens the owner's plan; null while another one of the same owner is made.
 *
 * @throws ConvexError `owner_id_invalid`; what `checkout/holdings.ts` and `checkout/turns.ts` say
 */
export const takeTurn = internalMutation({
  args: { ownerId: v.string(), planType, isCounted: v.boolean() },
  handler: async (ctx, { ownerId, planType: wanted, isCounted }): Promise<CheckoutTurn | null> => {
    const { db } = ctx;
    const planId: Id<"plans"> = await ctx.runMutation(internal.plans.open, { ownerId });
    const nowMs = Date.now();
    if (isCounted) {
      await countAsk(db, ownerId, nowMs);
    }
    const row = await turnOf(db, ownerId);
    if (row === null || row.heldUntilMs > nowMs) {
      return null;
    }
    const customer = await customerOfOwner(db, ownerId);
    const held = await holdingsOf(db, planId, customer?.customerId ?? null, wanted);
    const turn = row.turn + 1;
    await db.patch(row._id, { turn, heldUntilMs: nowMs + TURN_MS });
    return { ownerId, planId, mode: row.mode, turn, endsAtMs: nowMs + SELLING_MS, customer, held };
  },
});

/** Ends a checkout, and remembers the session that it led to. */
export const endTurn = internalMutation({
  args: { ownerId: v.string(), turn: v.number(), sessionId: v.union(v.string(), v.null()) },
  returns: v.null(),
  handler: async ({ db }, { ownerId, turn, sessionId }) => {
    const row = await turnOf(db, ownerId);
    if (row !== null && row.turn === turn) {
      const made = sessionId === null ? {} : { sessionId, awaitedSinceMs: null };
      await db.patch(row._id, { heldUntilMs: Date.now(), ...made });
    }
    return null;
  },
});

/** Counts that an owner asks for the portal. @throws ConvexError `too_many_requests` */
export const countPortal = internalMutation({
  args: { ownerId: v.string() },
  returns: v.null(),
  handler: async ({ db }, { ownerId }) => {
    await countAsk(db, ownerId, Date.now());
    return null;
  },
});

/** Whether one of these completed sessions is not known as complete here yet. */
export const hasUnheard = internalQuery({
  args: { sessionIds: v.array(v.string()) },
  returns: v.boolean(),
  handler: async ({ db }, { sessionIds }) => {
    const { mode, account } = ownScope();
    for (const sessionId of sessionIds) {
      const session = await db
        .query("checkoutSessions")
        .withIndex("by_session", (q) =>
          q.eq("mode", mode).eq("account", account).eq("fact.sessionId", sessionId),
        )
        .unique();
      if (session?.fact.status !== "complete") {
        return true;
      }
    }
    return false;
  },
});

/** Remembers an owner's customer. @returns the one that counts: another may have been remembered first */
export const rememberCustomer = internalMutation({
  args: { ownerId: v.string(), customerId: v.string(), replaced: v.number() },
  returns: v.string(),
  handler: async ({ db }, { ownerId, customerId, replaced }) => {
    const row = await customerOfOwner(db, ownerId);
    if (row === null) {
      await db.insert("customersOfOwners", { mode: stripeMode(), ownerId, customerId, replaced });
    } else if (row.replaced < replaced) {
      await db.patch(row._id, { customerId, replaced });
    } else {
      return row.customerId;
    }
    return customerId;
  },
});

/** The customer of an owner, or null. */
export const customerOf = internalQuery({
  args: { ownerId: v.string() },
  handler: async ({ db }, { ownerId }): Promise<Doc<"customersOfOwners"> | null> =>
    await customerOfOwner(db, ownerId),
});

/** How far an owner's own session is; null for one that is unknown, or somebody else's. */
export const progress = internalQuery({
  args: { ownerId: v.string(), sessionId: v.string() },
  handler: async ({ db }, { ownerId, sessionId }) => await sessionProgress(db, ownerId, sessionId),
});

/**
 * Notes that a buyer is back and waits for the event. When it is late, what Stripe lists of the time since
 * is taken in, through the ledger like everything: at most one reconcile in a minute.
 */
export const awaitEvent = internalMutation({
  args: { ownerId: v.string(), sessionId: v.string() },
  returns: v.null(),
  handler: async (ctx, { ownerId, sessionId }) => {
    await awaitLateEvent(ctx, ownerId, sessionId);
    return null;
  },
});

/** Drops the notes on checkouts that are long over. The owners' customers stay: they are one for ever. */
export const dropNotes = internalMutation({
  args: {},
  returns: v.null(),
  handler: async ({ db, scheduler }): Promise<null> => {
    const old = await db
      .query("checkoutTurns")
      .withIndex("by_end", (q) => q.lt("heldUntilMs", Date.now() - NOTES_KEPT_MS))
      .take(MAX_DROPPED);
    for (const { _id } of old) {
      await db.delete(_id);
    }
    if (old.length === MAX_DROPPED) {
      await scheduler.runAfter(0, internal.checkout.dropNotes, {});
    }
    return null;
  },
});

async function customerOfOwner(
  db: DatabaseReader,
  ownerId: string,
): Promise<Doc<"customersOfOwners"> | null> {
  return await db
    .query("customersOfOwners")
    .withIndex("by_owner", (q) => q.eq("mode", stripeMode()).eq("ownerId", ownerId))
    .unique();
}
