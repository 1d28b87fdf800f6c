import { type CommandInput, EXIT, onlyPositional } from "../../Command.ts";
import { withConnection } from "../../deployment/connect.ts";
import type { Output } from "../../Output.ts";

/** What `plans:explain` answers, as far as it is shown here. */
interface Explanation {
  summary: string;
  plan: { _id: string; alerts: { code: string; objectIds: string[] }[] };
  restsOn: Record<string, unknown> | null;
  changes: {
    version: number;
    from: string;
    to: string;
    fromSeats: number | null;
    toSeats: number | null;
    rule: string;
    stripeEventId: string;
  }[];
  wouldChange: string[];
}

/** Shows why a plan is what it is. */
export async function explainPlan(input: CommandInput): Promise<number> {
  const of = onlyPositional(input, "plan, by any id that has to do with it");
  return await withConnection(input, async (connection) => {
    const explanation = (await connection.call("plans:explain", { of })) as Explanation;
    input.out.result(explanation, explanationText(explanation, input.out));
    return EXIT.clean;
  });
}

function explanationText(
  { summary, plan, restsOn, changes, wouldChange }: Explanation,
  out: Output,
): string {
  const title = (text: string) => out.style("bold", text);
  const evidence = Object.entries(restsOn ?? {}).map(
    ([field, value]) => `  ${field.padEnd(26)} ${value}`,
  );
  const lines = [
    summary,
    "",
    title(`Plan ${plan._id}`),
    ...(evidence.length === 0 ? [] : ["", title("Rests on"), ...evidence]),
    ...(plan.alerts.length === 0 ? [] : ["", title("Alerts")]),
    ...plan.alerts.map(({ code, objectIds }) => `  ${code}  ${objectIds.join(", ")}`),
    ...(changes.length === 0 ? [] : ["", title("Last changes")]),
    ...changes.map(
      ({ version, from, to, fromSeats, toSeats, rule, stripeEventId }) =>
        `  ${version}  ${from}${times(fromSeats)} → ${to}${times(toSeats)}  ${rule}  ${stripeEventId}`,
    ),
    "",
    title("What would change it"),
    ...wouldChange.map((sentence) => `  ${sentence}`),
  ];
  return `${lines.join("\n")}\n`;
}

function times(seats: number | null): string {
  return seats === null ? "" : ` × ${seats}`;
}
