import type { Doc } from "../_generated/dataModel.ts";
import type { DatabaseReader } from "../_generated/server.ts";
import { bodyPartsOf } from "../ledger/ledger.ts";
import { findEvent, findPlan } from "./findPlan.ts";
import { planNow } from "./planNow.ts";

/** Changes that are shown; `plans:changes` has them all. */
const SHOWN_CHANGES = 10;

/** A verified event as evidence. Holds nothing of its body. */
export interface EventEvidence
  extends Pick<
    Doc<"events">,
    | "stripeEventId"
    | "type"
    | "createdSeconds"
    | "status"
    | "objectId"
    | "receivedAtMs"
    | "provenance"
    | "signatureTimestampSeconds"
    | "secretFingerprint"
    | "bodySha256"
  > {
  eventId: string;
  /** Whether the body itself is still there. */
  isBodyKept: boolean;
}

/** Why a plan is what it is. */
export interface PlanExplanation {
  /** In plain English. */
  summary: string;
  /** As it is now, alerts included. */
  plan: Doc<"plans">;
  /** The event that the present decision rests on; null when nothing was ever paid. */
  restsOn: EventEvidence | null;
  /** The event that arrived when the plan last changed, and the change; null when it never has. */
  lastChange: { change: Doc<"planChanges">; event: EventEvidence | null } | null;
  /** The newest changes, newest first. */
  changes: Doc<"planChanges">[];
  /** What would change the plan, and when; one sentence each. */
  wouldChange: string[];
}

/** @throws ConvexError `plan_not_found` */
export async function explainPlan(db: DatabaseReader, of: string): Promise<PlanExplanation> {
  const nowMs = Date.now();
  const plan = await planNow(db, await findPlan(db, of), nowMs);
  const changes = await db
    .query("planChanges")
    .withIndex("by_plan", (q) => q.eq("planId", plan._id))
    .order("desc")
    .take(SHOWN_CHANGES);
  const restsOn = await evidenceOf(db, plan.source?.eventId);
  const [change] = changes;
  const lastChange =
    change === undefined ? null : { change, event: await evidenceOf(db, change.eventId) };
  const summary = summaryOf(plan, restsOn, change);
  return { summary, plan, restsOn, lastChange, changes, wouldChange: wouldChange(plan) };
}

async function evidenceOf(
  db: DatabaseReader,
  id: string | undefined,
): Promise<EventEvidence | null> {
  const event = id === undefined ? null : await findEvent(db, id);
  if (event === null) {
    return null;
  }
  return {
    eventId: event._id,
    stripeEventId: event.stripeEventId,
    type: event.type,
    createdSeconds: event.createdSeconds,
    status: event.status,
    objectId: event.objectId,
    receivedAtMs: event.receivedAtMs,
    provenance: event.provenance,
    signatureTimestampSeconds: event.signatureTimestampSeconds,
    secretFingerprint: event.secretFingerprint,
    bodySha256: event.bodySha256,
    isBodyKept: (await bodyPartsOf(db, event._id)).length > 0,
  };
}

function summaryOf(
  plan: Doc<"plans">,
  restsOn: EventEvidence | null,
  change: Doc<"planChanges"> | undefined,
): string {
  const sentences = [`This plan is ${bought(plan.planType, plan.seats)}: ${plan.reason}`];
  if (plan.source === null) {
    sentences.push("No verified event speaks of a payment for it.");
  } else if (restsOn === null) {
    sentences.push(`It rests on ${plan.source.eventId}, which is not in the ledger: run an audit.`);
  } else {
    sentences.push(
      `That rests on ${restsOn.stripeEventId} (${restsOn.type}) about ${plan.source.objectId}, ` +
        `signed at ${timeOf(restsOn.signatureTimestampSeconds * 1_000)} ` +
        `with the secret ${restsOn.secretFingerprint}.`,
    );
  }
  sentences.push(
    change === undefined
      ? "It has never changed."
      : `It last changed from ${bought(change.from, change.fromSeats)} to ` +
          `${bought(change.to, change.toSeats)} at ${timeOf(change.changedAtMs)}, ` +
          (change.cause === "time"
            ? `as time had passed since ${change.stripeEventId}.`
            : `because of ${change.stripeEventId}.`),
  );
  return sentences.join(" ");
}

function bought(planType: string, seats: number | null): string {
  return seats === null ? planType : `${planType} with ${seats} seat${seats === 1 ? "" : "s"}`;
}

function wouldChange(plan: Doc<"plans">): string[] {
  const { source, liveSubscriptionIds, ambiguousSubscriptionIds, changesAtMs } = plan;
  const about = source === null ? "" : `A later verified event about ${source.objectId}.`;
  const others = liveSubscriptionIds.filter((id) => id !== source?.objectId);
  return [
    about,
    source === null ? "A verified payment that names this plan." : "A payment for a higher plan.",
    others.length > 0 ? `An event about another subscription of it: ${others.join(", ")}.` : "",
    ambiguousSubscriptionIds.length > 0
      ? `Reading ${ambiguousSubscriptionIds.join(", ")} from Stripe: events alone do not tell its state.`
      : "",
    changesAtMs === null ? "" : `Time, at ${timeOf(changesAtMs)}, if nothing else is heard.`,
  ].filter((sentence) => sentence !== "");
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
}
