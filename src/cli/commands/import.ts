import { importSnapshot } from "../../hosts/node/snapshot/importSnapshot.ts";
import { uploadSnapshot } from "../../hosts/node/snapshot/uploadSnapshot.ts";
import {
  type Command,
  type CommandInput,
  EXIT,
  onlyPositional,
  textOption,
  UsageError,
} from "../Command.ts";
import { placeOf } from "../deployment/connect.ts";
import { remoteGateway } from "../deployment/remoteGateway.ts";
import { Progress } from "../Progress.ts";

export const importCommand: Command = {
  name: "import",
  summary: "take an archive of export, or of Convex, into a data directory",
  help: `Takes an archive that tollgate export or npx convex export wrote into a data directory, while no gateway runs
on it. Ids and creation times stay. All of it is taken or nothing.

Usage: tollgate import FILE.zip [--data DIR] [--replace]
       TOLLGATE_IMPORT_KEY=KEY tollgate import FILE.zip --url URL

An archive that is damaged, or that does not fit, is refused. Afterwards start the gateway: what was due when
the archive was written, and since, is taken up within a few minutes. Then: tollgate audit. Secrets are not in
an archive: set STRIPE_WEBHOOK_SECRET and the others before, as they were; without the old signing secret the
audit cannot check old signatures.

A gateway that runs takes none, with whatever key. A Worker takes one while TOLLGATE_IMPORT_KEY is bound to it, which
also stops it: see docs/deploy/cloudflare.md. Give the same key here.

To take an archive to Convex, use npx convex import --replace-all FILE.zip.

  --data DIR             the data directory (TOLLGATE_DATA, .tollgate)
  --url URL              a Worker that takes imports, instead of a data directory
  --replace              takes the place of what is there; the old database stays beside, as ….replaced

Exit codes: 0 taken, 1 refused, 2 wrong usage, 3 could not be read or written.

Examples
  npm run tollgate -- import tollgate.zip
  npm run tollgate -- import snapshot_1764000000000000000.zip --data /var/lib/tollgate --replace
`,
  options: { data: { type: "string" }, replace: { type: "boolean" }, url: { type: "string" } },
  run: async (input) => {
    const archiveFile = onlyPositional(input, "archive");
    const url = textOption(input, "url");
    if (url !== null) {
      await importByAddress(archiveFile, url, input);
      return EXIT.clean;
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
      const before = replacedFile === null ? "" : `What was there is in ${replacedFile}.\n`;
      process.stdout.write(`${takenText(databaseFile, counts)}${before}`);
      return EXIT.clean;
    } finally {
      progress.stop();
    }
  },
};

async function importByAddress(
  archiveFile: string,
  url: string,
  { values }: CommandInput,
): Promise<void> {
  const importKey = process.env["TOLLGATE_IMPORT_KEY"] ?? "";
  if (!URL.canParse(url) || importKey === "" || values["data"] !== undefined || values["replace"]) {
    throw new UsageError(
      "a gateway that runs takes no archive: stop it, and name its data directory with --data. For a Worker give " +
        "its address with --url alone, and set TOLLGATE_IMPORT_KEY to the key that is bound to it",
    );
  }
  const progress = new Progress("KiB");
  try {
    const show = (kib: number, ofKib: number): void => progress.update(kib, ofKib);
    const counts = await uploadSnapshot(remoteGateway(url, importKey), archiveFile, show);
    progress.stop();
    process.stdout.write(takenText(url, counts));
  } finally {
    progress.stop();
  }
}

function takenText(where: string, counts: ReadonlyMap<string, number>): string {
  const kept = [...counts].filter(([, count]) => count > 0);
  const width = Math.max(0, ...kept.map(([table]) => table.length));
  const lines = kept.map(([table, count]) => `  ${table.padEnd(width)}  ${count}\n`);
  return `Taken into ${where}:\n${lines.join("")}`;
}
