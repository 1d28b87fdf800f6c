import { REASON_OPTION } from "../allOptions.ts";
import { type Command, type CommandInput, EXIT, onlyPositional } from "../Command.ts";
import { withConnection } from "../deployment/connect.ts";
import { explainPlan } from "./plans/explainPlan.ts";
import { listPlans } from "./plans/listPlans.ts";
import { showPlan } from "./plans/showPlan.ts";

export const plansCommand: Command = {
  name: "plans",
  summary: "find plans, show one with what it rests on, explain it",
  description: `Finds plans and shows them. None of these changes a plan; refetch has a subscription read from Stripe, and
what was read enters as an observation, by the same rule as an event.

ID is that of a plan, of its owner (or how that begins), or Stripe's id of an event, subscription, Checkout
Session, payment intent or customer.`,
  usage: [
    "[list] [ID] [--limit N]",
    "show ID",
    "explain ID",
    "refetch SUBSCRIPTION [--reason TEXT]",
  ],
  where: ["data directory", "gateway", "Convex"],
  options: {
    limit: { type: "string", value: "N", text: "list at most so many plans, up to 1000 (50)" },
    ...REASON_OPTION,
  },
  examples: [
    "plans",
    "plans show ann",
    "plans explain cus_NffrFeUfNV2Hib",
    'plans refetch sub_1Nv0FGQ9RKHgCVdK --reason "looks stale"',
  ],
  does: {
    list: { summary: "plans, newest first, or those that an id means", run: listPlans },
    show: { summary: "one plan, its objects at Stripe and its changes", run: showPlan },
    explain: { summary: "why it is what it is", run: explainPlan },
    refetch: { summary: "read a subscription from Stripe now", run: refetch },
  },
};

async function refetch(input: CommandInput): Promise<number> {
  const subscriptionId = onlyPositional(input, "subscription");
  return await withConnection(input, async (connection) => {
    await connection.call("refetch:now", { subscriptionId });
    input.out.result({ subscriptionId }, `${subscriptionId} was read from Stripe, and taken in.\n`);
    return EXIT.clean;
  });
}
