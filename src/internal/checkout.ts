import { v } from "convex/values";
import { internal } from "./_generated/api.ts";
import type { Doc, Id } from "./_generated/dataModel.ts";
import type { CheckoutTurn } from "./checkout/CheckoutTurn.ts";
import { checkoutRequest } from "./checkout/checkoutRequest.ts";
import { openPortal } from "./checkout/openPortal.ts";
import { type OwnerToken, readOwnerToken, signOwnerToken } from "./checkout/ownerToken.ts";
import { requireOwner } from "./checkout/requireOwner.ts";
import { sessionProgress } from "./checkout/sessionProgress.ts";
import { type CheckoutDestination, startCheckout } from "./checkout/startCheckout.ts";
import { linkSecrets, stripeMode, stripeSecretKey } from "./environment.ts";
import { internalAction, internalMutation, internalQuery } from "./functions.ts";
import { beginRun, MAX_RUNS_KEPT, newestRun, OVERLAP_SECONDS } from "./recovery/reconcileRun.ts";
import { refusal } from "./refusal.ts";

/** A checkout that ends in no other way is over after this long. */
const TURN_MS = 90_000;

/** As long as a session can be paid, and a while. */
const VIEW_SECONDS = 2 * 24 * 3_600;

/** An event that is not here so long after its buyer came back is late. */
const LATE_MS = 10_000;

/** Late events cause at most one reconcile in this time. */
const RECONCILE_EVERY_MS = 60_000;

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

/** A token with which the buyer's browser may see how far the checkout is; null without a link secret. */
export const viewToken = internalQuery({
  args: { ownerId: v.string() },
  handler: async (_ctx, { ownerId }): Promise<string | null> => {
    const [secret] = linkSecrets();
    const expiresAtSeconds = Math.floor(Date.now() / 1_000) + VIEW_SECONDS;
    return secret === undefined
      ? null
      : signOwnerToken("view", { ownerId, plan: "", interval: "", expiresAtSeconds }, secret);
  },
});

/** The owner that a view token is for, or null. */
export const viewer = internalQuery({
  args: { token: v.string() },
  handler: async (_ctx, { token }): Promise<string | null> => {
    const read = readOwnerToken("view", token, linkSecrets(), Math.floor(Date.now() / 1_000));
    return typeof read === "string" ? null : read.ownerId;
  },
});

/** Begins a checkout, and opens the owner's plan; null while another one of the same owner is made. */
export const takeTurn = internalMutation({
  args: { ownerId: v.string() },
  handler: async (ctx, { ownerId }): Promise<CheckoutTurn | null> => {
    const planId: Id<"plans"> = await ctx.runMutation(internal.plans.open, { ownerId });
    const mode = stripeMode();
    const row = await ctx.db
      .query("checkoutTurns")
      .withIndex("by_owner", (q) => q.eq("mode", mode).eq("ownerId", ownerId))
      .unique();
    const nowMs = Date.now();
    if (row !== null && row.heldUntilMs !== null && row.heldUntilMs > nowMs) {
      return null;
    }
    const turn = (row?.turn ?? 0) + 1;
    const heldUntilMs = nowMs + TURN_MS;
    if (row === null) {
      const none = { sessionId: null, awaitedSinceMs: null };
      await ctx.db.insert("checkoutTurns", { mode, ownerId, turn, heldUntilMs, ...none });
    } else {
      await ctx.db.patch(row._id, { turn, heldUntilMs });
    }
    const customer = await ctx.db
      .query("customersOfOwners")
      .withIndex("by_owner", (q) => q.eq("mode", mode).eq("ownerId", ownerId))
      .unique();
    return { ownerId, planId, mode, turn, heldUntilMs, customer };
  },
});

/** Ends a checkout, and remembers the session that it led to. */
export const endTurn = internalMutation({
  args: { ownerId: v.string(), turn: v.number(), sessionId: v.union(v.string(), v.null()) },
  returns: v.null(),
  handler: async ({ db }, { ownerId, turn, sessionId }) => {
    const mode = stripeMode();
    const row = await db
      .query("checkoutTurns")
      .withIndex("by_owner", (q) => q.eq("mode", mode).eq("ownerId", ownerId))
      .unique();
    if (row !== null && row.turn === turn) {
      const made = sessionId === null ? {} : { sessionId, awaitedSinceMs: null };
      await db.patch(row._id, { heldUntilMs: null, ...made });
    }
    return null;
  },
});

/** Remembers an owner's customer. @returns the one that counts: another may have been remembered first */
export const rememberCustomer = internalMutation({
  args: { ownerId: v.string(), customerId: v.string(), replaced: v.number() },
  returns: v.string(),
  handler: async ({ db }, { ownerId, customerId, replaced }) => {
    const mode = stripeMode();
    const row = await db
      .query("customersOfOwners")
      .withIndex("by_owner", (q) => q.eq("mode", mode).eq("ownerId", ownerId))
      .unique();
    if (row === null) {
      await db.insert("customersOfOwners", { mode, ownerId, customerId, replaced });
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
    await db
      .query("customersOfOwners")
      .withIndex("by_owner", (q) => q.eq("mode", stripeMode()).eq("ownerId", ownerId))
      .unique(),
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
    const row = await ctx.db
      .query("checkoutTurns")
      .withIndex("by_owner", (q) => q.eq("mode", stripeMode()).eq("ownerId", ownerId))
      .unique();
    if (row?.sessionId !== sessionId) {
      return null;
    }
    const nowMs = Date.now();
    if (row.awaitedSinceMs === null) {
      await ctx.db.patch(row._id, { awaitedSinceMs: nowMs });
      return null;
    }
    // A run that looks for gaps leaves out what is younger than two minutes: it does not count.
    const isRecent = (await ctx.db.query("reconciles").order("desc").take(MAX_RUNS_KEPT)).some(
      ({ trigger, _creationTime }) =>
        trigger === "operator" && _creationTime > nowMs - RECONCILE_EVERY_MS,
    );
    const isLate = nowMs - row.awaitedSinceMs >= LATE_MS;
    if (
      isLate &&
      !isRecent &&
      stripeSecretKey() !== null &&
      (await newestRun(ctx.db, "running")) === null
    ) {
      const sinceSeconds = Math.floor(row.awaitedSinceMs / 1_000) - OVERLAP_SECONDS;
      await beginRun(ctx, { trigger: "operator", sinceSeconds });
    }
    return null;
  },
});
