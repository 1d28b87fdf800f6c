import { type CommandInput, EXIT, numberOption, UsageError } from "../../Command.ts";
import { withConnection } from "../../deployment/connect.ts";
import { firstPages } from "../../deployment/firstPages.ts";
import type { Output } from "../../Output.ts";

const LIMIT = { least: 1, most: 1_000, usual: 50 };

interface ListedPlan {
  _id: string;
  ownerId: string;
  planType: string;
  seats: number | null;
  rule: string;
  alerts: { code: string }[];
}

/** Shows plans, newest first, or those that an id means. */
export async function listPlans(input: CommandInput): Promise<number> {
  const [of = "", ...rest] = input.positionals;
  if (rest.length > 0) {
    throw new UsageError("name one id, or none");
  }
  const limit = numberOption(input, "limit", LIMIT);
  return await withConnection(input, async (connection) => {
    const plans = await firstPages<ListedPlan>(connection, "dashboard:plans", { of }, limit);
    const none = "No plan.\n";
    input.out.result(plans, plans.map((plan) => lineOf(plan, input.out)).join("") || none);
    return EXIT.clean;
  });
}

function lineOf({ _id, ownerId, planType, seats, rule, alerts }: ListedPlan, out: Output): string {
  const many = seats === null ? "" : ` × ${seats}`;
  const alert = alerts.map(({ code }) => `  ${out.style("yellow", code)}`).join("");
  return `${_id}  ${out.state(planType, 12)}${many.padEnd(5)} ${rule.padEnd(24)}  ${ownerId}${alert}\n`;
}
