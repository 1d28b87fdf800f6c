import { importSnapshot } from "../../hosts/node/snapshot/importSnapshot.ts";
import { type Command, EXIT, onlyPositional, textOption, UsageError } from "../Command.ts";
import { placeOf } from "../deployment/connect.ts";
import { Progress } from "../Progress.ts";

export const importCommand: Command = {
  name: "import",
  summary: "take an archive of export, or of Convex, into a data directory",
  help: `Takes an archive that tollgate export or npx convex export wrote into a data directory, while no gateway runs
on it. Ids and creation times stay. All of it is taken or nothing.

Usage: tollgate import FILE.zip [--data DIR] [--replace]

An archive that is damaged, or that does not fit, is refused. Afterwards start the gateway: what was due when
the archive was written, and since, is taken up within a few minutes. Then: tollgate audit. Secrets are not in
an archive: set STRIPE_WEBHOOK_SECRET and the others before, as they were; without the old signing secret the
audit cannot check old signatures.

To take an archive to Convex, use npx convex import --replace-all FILE.zip.

  --data DIR             the data directory (TOLLGATE_DATA, .tollgate)
  --replace              takes the place of what is there; the old database stays beside, as ….replaced

Exit codes: 0 taken, 1 refused, 2 wrong usage, 3 could not be read or written.

Examples
  npm run tollgate -- import tollgate.zip
  npm run tollgate -- import snapshot_1764000000000000000.zip --data /var/lib/tollgate --replace
`,
  options: { data: { type: "string" }, replace: { type: "boolean" }, url: { type: "string" } },
  run: async (input) => {
    const archiveFile = onlyPositional(input, "archive");
    if (textOption(input, "url") !== null) {
      throw new UsageError(
        "a gateway that runs takes no archive: stop it, and name its data directory with --data",
      );
    }
    const data = textOption(input, "data") ?? process.env["TOLLGATE_DATA"] ?? ".tollgate";
    const place = placeOf({ ...input, values: { ...input.values, data } });
    const progress = new Progress("KiB");
    try {
      const { databaseFile, replacedFile, counts } = await importSnapshot({
        archiveFile,
        dataDirectory: "config" in place ? place.config.dataDirectory : data,
        isReplacing: input.values["replace"] === true,
        onProgress: (kib, ofKib) => progress.update(kib, ofKib),
      });
      progress.stop();
      const kept = [...counts].filter(([, count]) => count > 0);
      const width = Math.max(0, ...kept.map(([table]) => table.length));
      const lines = kept.map(([table, count]) => `  ${table.padEnd(width)}  ${count}\n`);
      const before = replacedFile === null ? "" : `What was there is in ${replacedFile}.\n`;
      process.stdout.write(`Taken into ${databaseFile}:\n${lines.join("")}${before}`);
      return EXIT.clean;
    } finally {
      progress.stop();
    }
  },
};
