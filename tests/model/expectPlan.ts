import { expect } from "vitest";
import { defaultCatalog } from "../../src/internal/model/catalog.ts";
import {
  derivePlan,
  type PlanDecision,
  type PlanFacts,
} from "../../src/internal/model/derivePlan.ts";
import { planRules } from "../../src/internal/model/planRules.ts";
import { defaultPolicy, type Policy } from "../../src/internal/model/policy.ts";
import { NOW_SECONDS } from "./examples.ts";

/** The decision by the default catalog, and by the default policy but for `changes`. */
export function decide(
  known: PlanFacts,
  nowSeconds: number = NOW_SECONDS,
  changes: Partial<Policy> = {},
): PlanDecision {
  return derivePlan(known, defaultCatalog, { ...defaultPolicy, ...changes }, nowSeconds);
}

/** Checks the named parts of the decision, and that its sentence is that of its rule. */
export function expectPlan(
  known: PlanFacts,
  expected: Partial<PlanDecision>,
  nowSeconds?: number,
  changes?: Partial<Policy>,
): void {
  const decision = decide(known, nowSeconds, changes);
  expect(decision).toMatchObject(expected);
  expect(decision.reason).toBe(planRules[decision.rule]);
}
