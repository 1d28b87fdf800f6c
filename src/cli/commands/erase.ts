import { type Command, EXIT, onlyPositional, textOption, UsageError } from "../Command.ts";
import { CONNECTION_HELP, CONNECTION_OPTIONS, connect } from "../deployment/connect.ts";
import { eventsAbout, type Subject } from "../deployment/subjectData.ts";

export const eraseCommand: Command = {
  name: "erase",
  summary: "erase the personal data of one customer or plan",
  help: `Erases the personal data of one customer or plan: the bodies of events, and the owner's id.

Usage: tollgate erase ID --reason TEXT [--yes] [options]

ID is as for export --about. What plans follow from stays: ids of Stripe's, states, prices, times, hashes and
evidence; so plans do not change and the audit still proves them. A tombstone says what was erased, when and
why. Events that come later bring new bodies: erase again, or drop bodies after some days. Without --yes
only shows what would be erased. Erased bodies do not come back.

  --reason TEXT          why; kept in the tombstone, so write nobody's name
  --yes                  do it
${CONNECTION_HELP}

Exit codes: 0 done, 1 refused or unknown, 2 wrong usage, 3 could not be read.

Examples
  npm run tollgate -- erase cus_NffrFeUfNV2Hib --reason "request 2026-117"
  npm run tollgate -- erase cus_NffrFeUfNV2Hib --reason "request 2026-117" --yes
`,
  options: { ...CONNECTION_OPTIONS, reason: { type: "string" }, yes: { type: "boolean" } },
  run: async (input) => {
    const of = onlyPositional(input, "customer or plan");
    const reason = textOption(input, "reason");
    if (reason === null || reason.trim() === "") {
      throw new UsageError("give a --reason: the tombstone keeps it");
    }
    const connection = connect(input);
    try {
      const subject = (await connection.call("customerData:subjectOf", { of })) as Subject;
      let bodies = 0;
      for await (const { row, proof } of eventsAbout(connection, subject)) {
        if (proof === "body_dropped") {
          continue;
        }
        bodies += input.values["yes"]
          ? Number(await connection.call("customerData:eraseBodies", { eventIds: [row._id] }))
          : 1;
      }
      const what = `${bodies} bodies and ${subject.planIds.length} owner ids of ${subject.name}`;
      if (!input.values["yes"]) {
        process.stdout.write(`Would erase ${what}. Nothing was erased: --yes does it.\n`);
        return EXIT.clean;
      }
      await connection.call("customerData:finishErasure", { subject, reason, bodies });
      process.stdout.write(`Erased ${what}.\n`);
      return EXIT.clean;
    } finally {
      await connection.close();
    }
  },
};
