import type { PlanType } from "./catalog.ts";
import type { PlanRule } from "./planRules.ts";

/** What one fact is worth by itself, and the rule that says so. `free` means that it grants nothing. */
export interface Grant {
  planType: PlanType;
  rule: PlanRule;
}
