import type { Command } from "../Command.ts";
import { explainPlan } from "./plans/explainPlan.ts";

export const explainCommand: Command = {
  name: "explain",
  summary: "say why a plan is what it is",
  description: `Says why a plan is what it is: the rule, the verified event behind it, and its last changes. The same as
plans explain.

ID is that of a plan, of its owner, or Stripe's id of an event, subscription, Checkout Session, payment
intent or customer.`,
  usage: ["ID"],
  where: ["data directory", "gateway", "Convex"],
  options: {},
  examples: ["explain ann", "explain sub_1Nv0FGQ9RKHgCVdK --json"],
  does: explainPlan,
};
