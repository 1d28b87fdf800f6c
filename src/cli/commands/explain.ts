import { type Command, EXIT, onlyPositional } from "../Command.ts";
import { CONNECTION_HELP, CONNECTION_OPTIONS, connect } from "../deployment/connect.ts";

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

export const explainCommand: Command = {
  name: "explain",
  summary: "say why a plan is what it is",
  help: `Says why a plan is what it is: the rule, the verified event behind it, and its last changes.

Usage: tollgate explain ID [options]

ID is that of a plan, of its owner, or Stripe's id of an event, subscription, Checkout Session, payment
intent or customer.

  --json                 the whole answer as JSON
${CONNECTION_HELP}

Exit codes: 0 explained, 1 there is no such plan, 2 wrong usage, 3 could not be read.

Examples
  npm run tollgate -- explain ann
  npm run tollgate -- explain sub_1Nv0FGQ9RKHgCVdK --json
`,
  options: { ...CONNECTION_OPTIONS, json: { type: "boolean" } },
  run: async (input) => {
    const of = onlyPositional(input, "plan, by any id that has to do with it");
    const connection = connect(input);
    try {
      const explanation = (await connection.call("plans:explain", { of })) as Explanation;
      process.stdout.write(
        input.values["json"]
          ? `${JSON.stringify(explanation, null, 2)}\n`
          : explanationText(explanation),
      );
      return EXIT.clean;
    } finally {
      await connection.close();
    }
  },
};

function explanationText({ summary, plan, restsOn, changes, wouldChange }: Explanation): string {
  const evidence = Object.entries(restsOn ?? {}).map(
    ([field, value]) => `  ${field.padEnd(26)} ${value}`,
  );
  const lines = [
    summary,
    "",
    `Plan ${plan._id}`,
    ...(evidence.length === 0 ? [] : ["", "Rests on", ...evidence]),
    ...(plan.alerts.length === 0 ? [] : ["", "Alerts"]),
    ...plan.alerts.map(({ code, objectIds }) => `  ${code}  ${objectIds.join(", ")}`),
    ...(changes.length === 0 ? [] : ["", "Last changes"]),
    ...changes.map(
      ({ version, from, to, fromSeats, toSeats, rule, stripeEventId }) =>
        `  ${version}  ${from}${times(fromSeats)} → ${to}${times(toSeats)}  ${rule}  ${stripeEventId}`,
    ),
    "",
    "What would change it",
    ...wouldChange.map((sentence) => `  ${sentence}`),
  ];
  return `${lines.join("\n")}\n`;
}

function times(seats: number | null): string {
  return seats === null ? "" : ` × ${seats}`;
}
