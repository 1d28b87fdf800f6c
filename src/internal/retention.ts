import { v } from "convex/values";
import { internal } from "./_generated/api.ts";
import type { Doc } from "./_generated/dataModel.ts";
import type { DatabaseReader } from "./_generated/server.ts";
import { bodyRetentionDays } from "./environment.ts";
import { housekeepingMutation, internalQuery } from "./functions.ts";
import type { Housekeeping } from "./guard/housekeeping.ts";
import { refusal } from "./refusal.ts";

const DAY_MS = 24 * 3_600 * 1_000;

/** Documents, and characters of them, that one batch looks at. */
const MAX_BATCH_BODIES = 64;
const MAX_BATCH_CHARACTERS = 2 * 1_024 * 1_024;

/** Bodies of other events may be needed again: an operator decides about them first. */
const DROPPABLE: ReadonlySet<Doc<"events">["status"]> = new Set([
  "applied",
  "recorded",
  "unlinked",
  "quarantined",
]);

/** `next` is where the following batch begins, null when nothing older is left. */
const batchResult = v.object({
  dropped: v.number(),
  kept: v.number(),
  next: v.union(v.number(), v.null()),
});

type BatchResult = (typeof batchResult)["type"];

/** For how many days bodies are kept; null: for ever. */
export const setting = internalQuery({
  args: {},
  returns: v.union(v.number(), v.null()),
  handler: async () => bodyRetentionDays(),
});

/**
 * Drops a batch of bodies that are older than `days`, oldest first. Each leaves what was understood of it,
 * so the plans still follow from the ledger. Bodies of events that failed are kept, and so is one that is not
 * the one that was verified.
 *
 * @param after `next` of the batch before
 * @throws ConvexError `retention_days_invalid`
 */
export const dropBodies = housekeepingMutation({
  args: { days: v.number(), after: v.optional(v.number()) },
  returns: batchResult,
  handler: async ({ db, housekeeping }, { days, after }) =>
    await dropBatch(db, housekeeping, days, after),
});

/** Drops what is past `TOLLGATE_BODY_RETENTION_DAYS`, batch after batch; nothing while that is not set. */
export const run = housekeepingMutation({
  args: { after: v.optional(v.number()) },
  returns: v.null(),
  handler: async ({ db, housekeeping, scheduler }, { after }): Promise<null> => {
    const days = bodyRetentionDays();
    if (days !== null) {
      const { next } = await dropBatch(db, housekeeping, days, after);
      if (next !== null) {
        await scheduler.runAfter(0, internal.retention.run, { after: next });
      }
    }
    return null;
  },
});

async function dropBatch(
  db: Pick<DatabaseReader, "query" | "get">,
  housekeeping: Housekeeping,
  days: number,
  after = 0,
): Promise<BatchResult> {
  if (!Number.isInteger(days) || days < 1) {
    throw refusal("retention_days_invalid", "Bodies are kept for a whole number of days from 1.");
  }
  const result: BatchResult = { dropped: 0, kept: 0, next: null };
  const seen = new Set<string>();
  let [bodies, characters] = [0, 0];
  const bodiesPastTheirTime = db
    .query("eventBodies")
    .withIndex("by_creation_time", (q) =>
      q.gt("_creationTime", after).lt("_creationTime", Date.now() - days * DAY_MS),
    );
  for await (const { _creationTime, eventId, text } of bodiesPastTheirTime) {
    const event = seen.has(eventId) ? null : await db.get(eventId);
    seen.add(eventId);
    if (event !== null) {
      const outcome = DROPPABLE.has(event.status)
        ? await housekeeping.dropBody(event, "retention")
        : "needed";
      result[outcome === "dropped" ? "dropped" : "kept"] += 1;
    }
    bodies += 1;
    characters += text.length;
    if (bodies >= MAX_BATCH_BODIES || characters >= MAX_BATCH_CHARACTERS) {
      return { ...result, next: _creationTime };
    }
  }
  return result;
}
