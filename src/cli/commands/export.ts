import { exportSnapshot } from "../../hosts/node/snapshot/exportSnapshot.ts";
import { type Command, type CommandInput, EXIT, textOption, UsageError } from "../Command.ts";
import { CONNECTION_HELP, CONNECTION_OPTIONS, connect, placeOf } from "../deployment/connect.ts";
import { downloadSnapshot } from "../deployment/downloadSnapshot.ts";
import { eventsAbout, rowsAbout, type Subject } from "../deployment/subjectData.ts";
import { Progress } from "../Progress.ts";

export const exportCommand: Command = {
  name: "export",
  summary: "write everything into an archive, or what is held about one customer",
  help: `Writes everything into a ZIP archive, to move it elsewhere or to keep it; or what is held about one customer
or plan, bodies of events included, as JSON.

Usage: tollgate export --path FILE.zip [options]
       tollgate export --about ID [options]

The archive has the format of npx convex export: tollgate import takes it, and so does npx convex import.
All tables are in it, documents with their ids; jobs, variables, secrets and sessions are not. The gateway may
go on working meanwhile. Nobody else can read the file: it holds personal data.

ID is a customer of Stripe's, for that customer alone; or a plan, its owner, or anything else that explain
takes, for the plan with all of its customers. The whole ledger is read.

  --path FILE            the archive to write; it must not be there yet
  --about ID             a customer or plan; the JSON goes to the standard output
${CONNECTION_HELP}

Exit codes: 0 written, 1 refused, or nothing is known by this id, 2 wrong usage, 3 could not be read.

Examples
  npm run tollgate -- export --path tollgate.zip
  npm run tollgate -- export --path tollgate.zip --url https://pay.example.org --admin-key …
  npm run tollgate -- export --about cus_NffrFeUfNV2Hib > customer.json
  npm run tollgate -- export --about ann > ann.json
`,
  options: { ...CONNECTION_OPTIONS, path: { type: "string" }, about: { type: "string" } },
  run: async (input) => {
    const path = textOption(input, "path");
    const about = textOption(input, "about");
    if (input.positionals.length > 0 || (path === null) === (about === null)) {
      throw new UsageError(
        "give --path FILE for everything, or --about ID for one customer or plan",
      );
    }
    await (about === null ? exportAll(input, path ?? "") : exportAbout(input, about));
    return EXIT.clean;
  },
};

async function exportAll(input: CommandInput, file: string): Promise<void> {
  const place = placeOf(input);
  const progress = new Progress("url" in place ? "KiB" : "documents");
  const show = (done: number, of: number): void => progress.update(done, of);
  try {
    await ("url" in place
      ? downloadSnapshot(place, file, (bytes) => {
          const kib = Math.ceil(bytes / 1_024);
          // How long it will be is not known before it has come.
          show(kib, kib);
        })
      : exportSnapshot(place.config.dataDirectory, file, show));
  } finally {
    progress.stop();
  }
  process.stdout.write(`Everything is in ${file}.\n`);
}

async function exportAbout(input: CommandInput, of: string): Promise<void> {
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
  } finally {
    await connection.close();
  }
}
