import type { PaginationOptions, PaginationResult } from "convex/server";
import type { Doc } from "../_generated/dataModel.ts";
import type { DatabaseReader } from "../_generated/server.ts";
import { findPlan } from "../plan/findPlan.ts";
import { planNow } from "../plan/planNow.ts";
import { refusalCode } from "../refusal.ts";

/** Above every character of an owner's id. */
const LAST_CHARACTER = "\uffff";

/**
 * The plan that an id means, as `plans:explain` takes it; or, of owners whose ids begin so, their plans. Without an id all,
 * newest first. What time alone has changed is in the answer.
 */
export async function searchPlans(
  db: DatabaseReader,
  of: string,
  paginationOpts: PaginationOptions,
): Promise<PaginationResult<Doc<"plans">>> {
  const wanted = of.trim();
  const found = wanted === "" ? null : await foundPlan(db, wanted);
  const plans =
    found !== null
      ? { page: [found], isDone: true, continueCursor: "" }
      : wanted === ""
        ? await db.query("plans").order("desc").paginate(paginationOpts)
        : await db
            .query("plans")
            .withIndex("by_owner", (q) =>
              q.gte("ownerId", wanted).lt("ownerId", wanted + LAST_CHARACTER),
            )
            .paginate(paginationOpts);
  const nowMs = Date.now();
  return {
    ...plans,
    page: await Promise.all(plans.page.map((plan) => planNow(db, plan, nowMs))),
  };
}

async function foundPlan(db: DatabaseReader, of: string): Promise<Doc<"plans"> | null> {
  try {
    return await findPlan(db, of);
  } catch (error) {
    if (refusalCode(error) !== "plan_not_found") {
      throw error;
    }
    return null;
  }
}
