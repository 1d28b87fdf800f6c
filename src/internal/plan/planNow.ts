import type { Doc } from "../_generated/dataModel.ts";
import type { DatabaseReader } from "../_generated/server.ts";
import { planFacts } from "./planFacts.ts";
import { decisionAt } from "./planWriter.ts";

/**
 * A plan as it is at a time. What time alone has changed is in the answer at once, also before the job that
 * writes it down has run.
 */
export async function planNow(
  db: DatabaseReader,
  plan: Doc<"plans">,
  nowMs: number,
): Promise<Doc<"plans">> {
  return plan.changesAtMs === null || plan.changesAtMs > nowMs
    ? plan
    : { ...plan, ...decisionAt(await planFacts(db, plan._id), nowMs) };
}
