import { type Command, EXIT, onlyPositional, textOption, UsageError } from "../Command.ts";
import { placeOf } from "../deployment/connect.ts";
import { Progress } from "../Progress.ts";

export const importCommand: Command = {
  name: "import",
  summary: "take an archive of export, or of Convex, into a data directory",
  description: `Takes an archive that tollgate export or npx convex export wrote into a data directory, while no gateway runs
on it. Ids and creation times stay. All of it is taken or nothing.

An archive that is damaged, or that does not fit, is refused. Afterwards start the gateway: what was due when
the archive was written, and since, is taken up within a few minutes. Then: tollgate audit. Secrets are not in
an archive: set STRIPE_WEBHOOK_SECRET and the others before, as they were; without the old signing secret the
audit cannot check old signatures.

A gateway that runs takes no archive. To take one to Convex, use npx convex import --replace-all FILE.zip.`,
  usage: ["FILE.zip [--replace]"],
  where: ["data directory"],
  options: {
    replace: {
      type: "boolean",
      text: "takes the place of what is there; the old database stays beside, as ….replaced",
    },
    data: { type: "string", value: "DIR", text: "the data directory (TOLLGATE_DATA, .tollgate)" },
    url: { type: "string", value: "URL", text: "is refused: a gateway that runs takes no archive" },
  },
  examples: [
    "import tollgate.zip",
    "import snapshot_1764000000000000000.zip --data /var/lib/tollgate --replace",
  ],
  does: async (input) => {
    const archiveFile = onlyPositional(input, "archive");
    if (textOption(input, "url") !== null) {
      throw new UsageError(
        "a gateway that runs takes no archive: stop it, and name its data directory with --data",
      );
    }
    const data = textOption(input, "data") ?? process.env["TOLLGATE_DATA"] ?? ".tollgate";
    const place = placeOf({ ...input, values: { ...input.values, data } });
    const { importSnapshot } = await import("../../hosts/node/snapshot/importSnapshot.ts");
    const progress = new Progress(input.out, "KiB");
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
      input.out.result(
        { databaseFile, replacedFile, documents: Object.fromEntries(kept) },
        `Taken into ${databaseFile}:\n${lines.join("")}${before}`,
      );
      return EXIT.clean;
    } finally {
      progress.stop();
    }
  },
};
