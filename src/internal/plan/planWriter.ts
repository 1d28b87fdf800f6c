import { compareValues, type Value } from "convex/values";
import { internal } from "../_generated/api.ts";
import type { Doc, Id } from "../_generated/dataModel.ts";
import type { PaymentDatabase } from "../guard/paymentDatabase.ts";
import { findApplied, type LedgerEvent } from "../ledger/ledger.ts";
import { defaultCatalog } from "../model/catalog.ts";
import { derivePlan, type PlanDecision, type PlanFacts } from "../model/derivePlan.ts";
import { defaultPolicy } from "../model/policy.ts";
import { refusal } from "../refusal.ts";
import { recordChange } from "./planChanges.ts";
import { planFacts } from "./planFacts.ts";

/** A job is set at most this far ahead; it decides again, and sets the next one. Convex allows 5 years. */
const MAX_TIMER_MS = 365 * 24 * 3_600_000;

/** A decision in the form in which a plan holds it. */
export type WrittenDecision = Omit<PlanDecision, "changesAtSeconds"> & {
  changesAtMs: number | null;
};

/** The plan that follows from the facts at a time, by this deployment's catalog and policy. */
export function decisionAt(facts: PlanFacts, nowMs: number): WrittenDecision {
  const nowSeconds = Math.floor(nowMs / 1_000);
  const decided = derivePlan(facts, defaultCatalog, defaultPolicy, nowSeconds);
  const { changesAtSeconds, ...decision } = decided;
  return { ...decision, changesAtMs: changesAtSeconds === null ? null : changesAtSeconds * 1_000 };
}

/**
 * Decides a plan again from all facts that are linked to it, writes the decision, and sets the job that
 * decides it again when time may change it. The only code that writes the fields of a plan which payment
 * decides.
 *
 * @param event the verified event that was the occasion, or that the plan rests on while time passes; it
 *   is named in the change
 * @throws ConvexError `plan_not_found`, `too_many_facts`
 */
export async function decidePlan(
  db: PaymentDatabase,
  planId: Id<"plans">,
  event: LedgerEvent,
  nowMs: number = Date.now(),
  cause: Doc<"planChanges">["cause"] = "event",
): Promise<WrittenDecision> {
  const plan = await db.get(planId);
  if (plan === null) {
    throw refusal("plan_not_found", "There is no plan with this id.");
  }
  const decision = decisionAt(await planFacts(db, planId), nowMs);
  if (!isWritten(plan, decision)) {
    await writeDecision(db, plan, decision, event, cause);
  }
  if (cause === "time" || needsOtherTimer(plan, decision, nowMs)) {
    await setTimer(db, planId, event, decision, nowMs);
  }
  return decision;
}

/**
 * Decides a plan again because time has passed; the change names the event that the plan rests on.
 *
 * @param event a verified event, for a plan that rests on none in the ledger
 * @throws ConvexError `plan_not_found`, `too_many_facts`
 */
export async function decideByTime(
  db: PaymentDatabase,
  planId: Id<"plans">,
  event: LedgerEvent,
): Promise<WrittenDecision> {
  const source = (await db.get(planId))?.source ?? null;
  return await decidePlan(db, planId, await eventBehind(db, source, event), Date.now(), "time");
}

async function writeDecision(
  db: PaymentDatabase,
  plan: Doc<"plans">,
  decision: WrittenDecision,
  event: LedgerEvent,
  cause: Doc<"planChanges">["cause"],
): Promise<void> {
  const planId = plan._id;
  const { planType, seats, rule, reason, source } = decision;
  const hasChanged = planType !== plan.planType || seats !== plan.seats;
  const version = hasChanged ? plan.version + 1 : plan.version;
  if (hasChanged) {
    await recordChange(db, event, {
      planId,
      version,
      from: plan.planType,
      to: planType,
      fromSeats: plan.seats,
      toSeats: seats,
      cause,
      rule,
      reason,
      source,
    });
  }
  await db.patch(planId, { ...decision, version });
}

async function eventBehind(
  db: PaymentDatabase,
  source: Doc<"plans">["source"],
  otherwise: LedgerEvent,
): Promise<LedgerEvent> {
  const event = source === null ? null : await findApplied(db, otherwise, source.eventId);
  return event ?? otherwise;
}

function isWritten(plan: Doc<"plans">, decision: WrittenDecision): boolean {
  const written = Object.fromEntries(
    Object.keys(decision).map((field) => [field, plan[field as keyof WrittenDecision]]),
  );
  return compareValues(written as Value, { ...decision } as unknown as Value) === 0;
}

/**
 * A job that still waits for an earlier time stays: it decides again then, and sets the next one. So an event
 * that only moves the end of a period, as each renewal does, costs no job.
 */
function needsOtherTimer(
  { changesAtMs: plannedMs }: Doc<"plans">,
  { changesAtMs }: WrittenDecision,
  nowMs: number,
): boolean {
  const comesBefore =
    plannedMs !== null && plannedMs > nowMs && changesAtMs !== null && plannedMs < changesAtMs;
  return changesAtMs !== plannedMs && !comesBefore;
}

/** Leaves one pending job for the plan, or none if time cannot change it. */
async function setTimer(
  db: PaymentDatabase,
  planId: Id<"plans">,
  occasion: LedgerEvent,
  { changesAtMs, source }: WrittenDecision,
  nowMs: number,
): Promise<void> {
  const timer = await db
    .query("planTimers")
    .withIndex("by_plan", (q) => q.eq("planId", planId))
    .unique();
  if (timer !== null) {
    const job = await db.system.get(timer.jobId);
    if (job?.state.kind === "pending") {
      await db.scheduler.cancel(timer.jobId);
    }
  }
  if (changesAtMs === null) {
    if (timer !== null) {
      await db.delete(timer._id);
    }
    return;
  }
  const { _id: eventId } = await eventBehind(db, source, occasion);
  const dueMs = Math.min(changesAtMs, nowMs + MAX_TIMER_MS);
  const jobId = await db.scheduler.runAt(dueMs, internal.plans.passTime, { planId, eventId });
  if (timer === null) {
    await db.insert("planTimers", { planId, jobId });
  } else {
    await db.patch(timer._id, { jobId });
  }
}
