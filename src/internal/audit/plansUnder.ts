import type { Doc } from "../_generated/dataModel.ts";
import { defaultCatalog, type PlanType } from "../model/catalog.ts";
import { derivePlan } from "../model/derivePlan.ts";
import { defaultPolicy, type Policy } from "../model/policy.ts";
import { planFacts } from "../plan/planFacts.ts";
import type { MemoryDatabase } from "./memoryDatabase.ts";

/** A plan that another policy would decide otherwise. */
export interface PlanUnderPolicy {
  planId: string;
  from: PlanType;
  to: PlanType;
  /** The rule that decides now, and the one that would. */
  fromRule: string;
  rule: string;
  /** The rule that would decide, as a sentence. */
  reason: string;
  /** The event and object that the other decision rests on. */
  source: { eventId: string; objectId: string } | null;
}

/**
 * The plans that would be of another type under another policy, at one time, in the order of their ids.
 * Plans whose type stays are left out, whatever rule would decide them.
 *
 * @param expected what follows from the ledger
 */
export async function plansUnder(
  expected: MemoryDatabase,
  policy: Readonly<Policy>,
  nowMs: number,
): Promise<PlanUnderPolicy[]> {
  const nowSeconds = Math.floor(nowMs / 1_000);
  const changed: PlanUnderPolicy[] = [];
  for (const { _id: planId } of expected.table("plans").all()) {
    const facts = await planFacts(expected.db, planId as Doc<"plans">["_id"]);
    const now = derivePlan(facts, defaultCatalog, defaultPolicy, nowSeconds);
    const other = derivePlan(facts, defaultCatalog, policy, nowSeconds);
    if (now.planType !== other.planType) {
      const { rule, reason, source } = other;
      const types = { from: now.planType, to: other.planType };
      changed.push({ planId, ...types, fromRule: now.rule, rule, reason, source });
    }
  }
  return changed.sort((a, b) => (a.planId < b.planId ? -1 : 1));
}
