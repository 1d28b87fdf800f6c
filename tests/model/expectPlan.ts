import { expect } from "vitest";
import {
  derivePlan,
  type PlanDecision,
  type PlanFacts,
} from "../../src/internal/model/derivePlan.ts";
import { planRules } from "../../src/internal/model/planRules.ts";

/** Checks the named parts of the decision, and that its sentence is that of its rule. */
export function expectPlan(known: PlanFacts, expected: Partial<PlanDecision>): void {
  const decision = derivePlan(known);
  expect(decision).toMatchObject(expected);
  expect(decision.reason).toBe(planRules[decision.rule]);
}
