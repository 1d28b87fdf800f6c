import { type Command, EXIT, onlyPositional } from "../Command.ts";
import { CONNECTION_HELP, CONNECTION_OPTIONS, connect } from "../deployment/connect.ts";
import { eventsAbout, rowsAbout, type Subject } from "../deployment/subjectData.ts";

export const exportCommand: Command = {
  name: "export",
  summary: "write everything held about one customer or plan",
  help: `Writes everything held about one customer or plan, bodies of events included, as JSON.

Usage: tollgate export ID [options]

ID is a customer of Stripe's, for that customer alone; or a plan, its owner, or anything else that explain
takes, for the plan with all of its customers. The whole ledger is read.

${CONNECTION_HELP}

Exit codes: 0 written, 1 nothing is known by this id, 2 wrong usage, 3 could not be read.

Examples
  npm run tollgate -- export cus_NffrFeUfNV2Hib > customer.json
  npm run tollgate -- export ann > ann.json
`,
  options: CONNECTION_OPTIONS,
  run: async (input) => {
    const of = onlyPositional(input, "customer or plan");
    const connection = connect(input);
    try {
      const subject = (await connection.call("customerData:subjectOf", { of })) as Subject;
      const events = [];
      for await (const { row, reading } of eventsAbout(connection, subject)) {
        const body = await connection.call("customerData:body", { eventId: row._id });
        events.push({ ...row, body: body === "" ? null : body, reading });
      }
      const rows = await rowsAbout(connection, subject);
      const notes = (await connection.call("customerData:checkoutNotes", { subject })) as object;
      const everything = { subject, events, ...rows, ...notes };
      process.stdout.write(`${JSON.stringify(everything, null, 2)}\n`);
      return EXIT.clean;
    } finally {
      await connection.close();
    }
  },
};
