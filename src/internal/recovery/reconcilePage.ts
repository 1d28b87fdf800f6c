import { internal } from "../_generated/api.ts";
import type { Doc, Id } from "../_generated/dataModel.ts";
import type { ActionCtx } from "../_generated/server.ts";
import { refusalCode } from "../refusal.ts";
import { type SealedText, sealEvent, sealObservation, withAllItems } from "./observe.ts";
import type { StripeApi } from "./stripeApi.ts";

/** Types that one list of events may name. */
export const MAX_TYPES_PER_LIST = 20;

/** Largest page that Stripe gives. */
const PAGE_SIZE = 100;

/** An event that Stripe lists and the ledger does not have. */
export type MissingEvent = Doc<"reconciles">["oldestMissing"];

/** What came of one page. */
export interface ReconciledPage {
  /** Objects on the page. */
  seen: number;
  /** Those that are no events, so that no ledger can take them. */
  refused: number;
  /** Where the next page begins; null when this was the last. */
  cursor: string | null;
  oldestMissing: MissingEvent;
  /** A server time at or before the begin of the read. */
  readAtSeconds: number;
}

/** Reads the page at which a run stands, and feeds what is missing, oldest first. @throws StripeError */
export async function reconcilePage(
  ctx: ActionCtx,
  api: StripeApi,
  run: Doc<"reconciles">,
): Promise<ReconciledPage> {
  switch (run.phase) {
    case "compare":
      return await comparePage(ctx, api, run);
    case "feed":
      return await feedPage(ctx, api, run);
    case "subscriptions":
      return await subscriptionsPage(ctx, api, run);
  }
}

/** Newest first: looks only for what is missing. */
async function comparePage(
  ctx: ActionCtx,
  api: StripeApi,
  run: Doc<"reconciles">,
): Promise<ReconciledPage> {
  const { data, has_more } = await api.stripe.events.list({
    ...listed(run),
    ...(run.cursor !== null && { starting_after: run.cursor }),
  });
  const missing = await missingOf(ctx, data);
  const oldest = data.findLast(({ id }) => missing.has(id));
  return {
    seen: data.length,
    refused: 0,
    cursor: has_more ? (data.at(-1)?.id ?? null) : null,
    oldestMissing:
      oldest === undefined
        ? run.oldestMissing
        : { stripeEventId: oldest.id, createdSeconds: oldest.created },
    readAtSeconds: api.readAtSeconds(),
  };
}

/** Oldest first, from the oldest that is missing. */
async function feedPage(
  ctx: ActionCtx,
  api: StripeApi,
  run: Doc<"reconciles">,
): Promise<ReconciledPage> {
  const { stripe } = api;
  const { cursor, oldestMissing } = run;
  const firstId = cursor === null ? oldestMissing?.stripeEventId : undefined;
  const { data, has_more } =
    firstId === undefined
      ? await stripe.events.list({
          ...listed(run),
          ...(cursor !== null && { ending_before: cursor }),
        })
      : { data: [await stripe.events.retrieve(firstId)], has_more: true };
  const readAtSeconds = api.readAtSeconds();
  const missing = await missingOf(ctx, data);
  let refused = 0;
  for (const event of data.toReversed().filter(({ id }) => missing.has(id))) {
    refused += await take(ctx, run._id, sealEvent(api, event));
  }
  const newestId = data[0]?.id ?? null;
  return { seen: 0, refused, cursor: has_more ? newestId : null, oldestMissing, readAtSeconds };
}

/** Every subscription as it is now, ended ones included. */
async function subscriptionsPage(
  ctx: ActionCtx,
  api: StripeApi,
  run: Doc<"reconciles">,
): Promise<ReconciledPage> {
  const { data, has_more } = await api.stripe.subscriptions.list({
    status: "all",
    limit: PAGE_SIZE,
    ...(run.cursor !== null && { starting_after: run.cursor }),
  });
  const readAtSeconds = api.readAtSeconds();
  let refused = 0;
  for (const subscription of data) {
    // One observation of each for one run, also when a page is read again.
    const id = `obs_${run._id}_${subscription.id}`;
    const object = await withAllItems(api, subscription);
    refused += await take(ctx, run._id, sealObservation(api, object, { id, readAtSeconds }));
  }
  const cursor = has_more ? (data.at(-1)?.id ?? null) : null;
  return { seen: data.length, refused, cursor, oldestMissing: null, readAtSeconds };
}

function listed({ types, group, sinceSeconds, untilSeconds }: Doc<"reconciles">) {
  const start = group * MAX_TYPES_PER_LIST;
  return {
    types: types.slice(start, start + MAX_TYPES_PER_LIST),
    created: { gte: sinceSeconds, ...(untilSeconds !== null && { lte: untilSeconds }) },
    limit: PAGE_SIZE,
  };
}

async function missingOf(
  ctx: ActionCtx,
  events: readonly { id: string }[],
): Promise<ReadonlySet<string>> {
  const stripeEventIds = events.map(({ id }) => id);
  return new Set(await ctx.runQuery(internal.reconcile.missing, { stripeEventIds }));
}

/** @returns how many were refused: 0 or 1 */
async function take(ctx: ActionCtx, runId: Id<"reconciles">, sealed: SealedText): Promise<number> {
  try {
    await ctx.runMutation(internal.reconcile.take, { ...sealed, runId });
    return 0;
  } catch (error) {
    if (refusalCode(error) !== "not_an_event") {
      throw error;
    }
    return 1;
  }
}
