import { type Command, type CommandInput, EXIT, textOption, UsageError } from "../Command.ts";
import { placeOf, withConnection } from "../deployment/connect.ts";
import { eventsAbout, rowsAbout, type Subject } from "../deployment/subjectData.ts";
import { Progress } from "../Progress.ts";

export const exportCommand: Command = {
  name: "export",
  summary: "write everything into an archive, or what is held about one customer",
  description: `Writes everything into a ZIP archive, to move it elsewhere or to keep it; or what is held about one customer
or plan, bodies of events included, as JSON.

The archive has the format of npx convex export: tollgate import takes it, and so does npx convex import.
All tables are in it, documents with their ids; jobs, variables, secrets and sessions are not. The gateway may
go on working meanwhile. Nobody else can read the file: it holds personal data.

ID is a customer of Stripe's, for that customer alone; or a plan, its owner, or anything else that explain
takes, for the plan with all of its customers. The whole ledger is read.`,
  usage: ["--path FILE.zip", "--about ID"],
  where: ["data directory", "gateway", "Convex"],
  options: {
    path: { type: "string", value: "FILE", text: "the archive to write; it must not be there yet" },
    about: {
      type: "string",
      value: "ID",
      text: "a customer or plan; the JSON goes to the standard output",
    },
  },
  examples: [
    "export --path tollgate.zip",
    "export --path tollgate.zip --url https://pay.example.org",
    "export --about cus_NffrFeUfNV2Hib > customer.json",
    "export --about ann > ann.json",
  ],
  does: async (input) => {
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
  const progress = new Progress(input.out, "url" in place ? "KiB" : "documents");
  const show = (done: number, of: number): void => progress.update(done, of);
  try {
    if ("url" in place) {
      const { downloadSnapshot } = await import("../deployment/downloadSnapshot.ts");
      await downloadSnapshot(place, file, (bytes) => {
        const kib = Math.ceil(bytes / 1_024);
        // How long it will be is not known before it has come.
        show(kib, kib);
      });
    } else {
      const { exportSnapshot } = await import("../../hosts/node/snapshot/exportSnapshot.ts");
      await exportSnapshot(place.config.dataDirectory, file, show);
    }
  } finally {
    progress.stop();
  }
  input.out.result({ file }, `Everything is in ${file}.\n`);
}

async function exportAbout(input: CommandInput, of: string): Promise<void> {
  await withConnection(input, async (connection) => {
    const subject = (await connection.call("customerData:subjectOf", { of })) as Subject;
    const events = [];
    for await (const { row, reading } of eventsAbout(connection, subject)) {
      const body = await connection.call("customerData:body", { eventId: row._id });
      events.push({ ...row, body: body === "" ? null : body, reading });
    }
    const rows = await rowsAbout(connection, subject);
    const notes = (await connection.call("customerData:checkoutNotes", { subject })) as object;
    const everything = { subject, events, ...rows, ...notes };
    input.out.result(everything, `${JSON.stringify(everything, null, 2)}\n`);
  });
}
