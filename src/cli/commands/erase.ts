import { REASON_OPTION } from "../allOptions.ts";
import { type Command, EXIT, onlyPositional, textOption, UsageError } from "../Command.ts";
import { withConnection } from "../deployment/connect.ts";
import { eventsAbout, type Subject } from "../deployment/subjectData.ts";

export const eraseCommand: Command = {
  name: "erase",
  summary: "erase the personal data of one customer or plan",
  description: `Erases the personal data of one customer or plan: the bodies of events, and the owner's id.

ID is as for export --about. What plans follow from stays: ids of Stripe's, states, prices, times, hashes and
evidence; so plans do not change and the audit still proves them. A tombstone says what was erased, when and
why. Events that come later bring new bodies: erase again, or drop bodies after some days. Without --yes
only shows what would be erased. Erased bodies do not come back.`,
  usage: ["ID --reason TEXT [--yes]"],
  where: ["data directory", "gateway", "Convex"],
  options: { ...REASON_OPTION, yes: { type: "boolean", text: "do it" } },
  examples: [
    'erase cus_NffrFeUfNV2Hib --reason "request 2026-117"',
    'erase cus_NffrFeUfNV2Hib --reason "request 2026-117" --yes',
  ],
  does: async (input) => {
    const of = onlyPositional(input, "customer or plan");
    const reason = textOption(input, "reason");
    if (reason === null || reason.trim() === "") {
      throw new UsageError("give a --reason: the tombstone keeps it");
    }
    const isErasing = input.values["yes"] === true;
    return await withConnection(input, async (connection) => {
      const subject = (await connection.call("customerData:subjectOf", { of })) as Subject;
      let bodies = 0;
      for await (const { row, proof } of eventsAbout(connection, subject)) {
        if (proof === "body_dropped") {
          continue;
        }
        bodies += isErasing
          ? Number(await connection.call("customerData:eraseBodies", { eventIds: [row._id] }))
          : 1;
      }
      const owners = subject.planIds.length;
      const what = `${bodies} bodies and ${owners} owner ids of ${subject.name}`;
      if (isErasing) {
        await connection.call("customerData:finishErasure", { subject, reason, bodies });
      }
      input.out.result(
        { subject: subject.name, bodies, owners, isErased: isErasing },
        isErasing
          ? `Erased ${what}.\n`
          : `Would erase ${what}. Nothing was erased: --yes does it.\n`,
      );
      return EXIT.clean;
    });
  },
};
