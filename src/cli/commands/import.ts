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
  description: `Takes an archive that tollgate export or npx convex export wrote into a data directory, while no gateway runs
on it. Ids and creation times stay. All of it is taken or nothing.

An archive that is damaged, or that does not fit, is refused. Afterwards start the gateway: what was due when
the archive was written, and since, is taken up within a few minutes. Then: tollgate audit. Secrets are not in
an archive: set STRIPE_WEBHOOK_SECRET and the others before, as they were; without the old signing secret the
audit cannot check old signatures.

A gateway that runs takes no archive, with whatever key. A Worker takes one while TOLLGATE_IMPORT_KEY is bound
to it, which also stops it (docs/deploy/cloudflare.md); set the same variable here. To take one to Convex, use
npx convex import --replace-all FILE.zip.`,
  usage: ["FILE.zip [--replace]", "FILE.zip --url URL"],
  where: ["data directory"],
  options: {
    replace: {
      type: "boolean",
      text: "takes the place of what is there; the old database stays beside, as ….replaced",
    },
    data: { type: "string", value: "DIR", text: "the data directory (TOLLGATE_DATA, .tollgate)" },
    url: {
      type: "string",
      value: "URL",
      text: "a Worker that takes imports; any other gateway refuses",
    },
  },
  examples: [
    "import tollgate.zip",
    "import snapshot_1764000000000000000.zip --data /var/lib/tollgate --replace",
  ],
  does: async (input) => {
    const archiveFile = onlyPositional(input, "archive");
    const url = textOption(input, "url");
    if (url !== null) {
      return await importByAddress(input, archiveFile, url);
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
      const before = replacedFile === null ? "" : `What was there is in ${replacedFile}.\n`;
      input.out.result(
        { databaseFile, replacedFile, documents: withDocuments(counts) },
        `${takenText(databaseFile, counts)}${before}`,
      );
      return EXIT.clean;
    } finally {
      progress.stop();
    }
  },
};

/** @returns the exit code */
async function importByAddress(
  { out, values }: CommandInput,
  archiveFile: string,
  url: string,
): Promise<number> {
  const importKey = process.env["TOLLGATE_IMPORT_KEY"] ?? "";
  if (!URL.canParse(url) || importKey === "" || values["data"] !== undefined || values["replace"]) {
    throw new UsageError(
      "a gateway that runs takes no archive: stop it, and name its data directory with --data. For a Worker give " +
        "its address with --url alone, and set TOLLGATE_IMPORT_KEY to the key that is bound to it",
    );
  }
  const { uploadSnapshot } = await import("../../hosts/node/snapshot/uploadSnapshot.ts");
  const progress = new Progress(out, "KiB");
  try {
    const show = (kib: number, ofKib: number): void => progress.update(kib, ofKib);
    const counts = await uploadSnapshot(remoteGateway(url, importKey), archiveFile, show);
    progress.stop();
    out.result({ url, documents: withDocuments(counts) }, takenText(url, counts));
    return EXIT.clean;
  } finally {
    progress.stop();
  }
}

/** The tables that have documents, with how many. */
function withDocuments(counts: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...counts].filter(([, count]) => count > 0));
}

function takenText(where: string, counts: ReadonlyMap<string, number>): string {
  const kept = Object.entries(withDocuments(counts));
  const width = Math.max(0, ...kept.map(([table]) => table.length));
  const lines = kept.map(([table, count]) => `  ${table.padEnd(width)}  ${count}\n`);
  return `Taken into ${where}:\n${lines.join("")}`;
}
