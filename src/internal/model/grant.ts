import type { Catalog, PlanType } from "./catalog.ts";
import type { Moment } from "./Moment.ts";
import type { PlanRule } from "./planRules.ts";
import type { Policy } from "./policy.ts";

/** What one fact is worth by itself, and the rule that says so. `free` means that it grants nothing. */
export interface Grant {
  planType: PlanType;
  rule: PlanRule;
  /** How many were bought of what grants; `null` where nothing is granted or nobody said. */
  seats: number | null;
}

/** What facts are judged by. */
export interface Terms {
  catalog: Catalog;
  policy: Readonly<Policy>;
  moment: Moment;
}

/** The grant of a fact that gives nothing. */
export function nothing(rule: PlanRule): Grant {
  return { planType: "free", rule, seats: null };
}
