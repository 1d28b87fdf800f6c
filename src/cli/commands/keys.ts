import { type Command, type CommandInput, EXIT, textOption, UsageError } from "../Command.ts";
import type { KeyRing } from "../deployment/Connection.ts";
import { CONNECTION_HELP, CONNECTION_OPTIONS, connect } from "../deployment/connect.ts";

const DEFAULT_OVERLAP_MINUTES = 60;

export const keysCommand: Command = {
  name: "keys",
  summary: "list, create, rotate or revoke the keys of admins",
  help: `Manages the keys of those who administer. A new key is printed once; only its hash is kept.

Usage: tollgate keys [list] | create NAME | rotate NAME | revoke NAME [options]

  --role ROLE            of a new key: admin, or read-only, which runs queries and reads (admin)
  --overlap MINUTES      for how long a rotated key is still taken besides the new one (${DEFAULT_OVERLAP_MINUTES})
  --json                 as JSON
${CONNECTION_HELP}

The key "local" is kept in the data directory; rotating it also puts the new one there. The key "environment"
comes from TOLLGATE_ADMIN_KEY and is changed there.

Exit codes: 0 done, 1 refused, 2 wrong usage, 3 could not be reached.

Examples
  npm run tollgate -- keys
  npm run tollgate -- keys create grafana --role read-only --reason "metrics"
  npm run tollgate -- keys rotate local --overlap 0
  npm run tollgate -- keys revoke grafana
`,
  options: {
    ...CONNECTION_OPTIONS,
    role: { type: "string" },
    overlap: { type: "string" },
    json: { type: "boolean" },
  },
  run: async (input) => {
    const [verb = "list", name, ...rest] = input.positionals;
    const isList = verb === "list";
    if (rest.length > 0 || (name === undefined) !== isList) {
      throw new UsageError("say: keys list, or keys create, rotate or revoke with one name");
    }
    const overlap = Number(textOption(input, "overlap") ?? DEFAULT_OVERLAP_MINUTES);
    if (!(overlap >= 0)) {
      throw new UsageError("--overlap is a number of minutes");
    }
    const connection = connect(input);
    try {
      process.stdout.write(await done(connection.keys, verb, name ?? "", overlap, input));
      return EXIT.clean;
    } finally {
      await connection.close();
    }
  },
};

async function done(
  keys: KeyRing,
  verb: string,
  name: string,
  overlapMinutes: number,
  input: CommandInput,
): Promise<string> {
  const isJson = input.values["json"] === true;
  const shown = (key: string) => (isJson ? `${JSON.stringify({ name, key })}\n` : `${key}\n`);
  switch (verb) {
    case "list":
      return await listText(keys, isJson);
    case "create":
      return shown(await keys.create(name, textOption(input, "role") ?? "admin"));
    case "rotate":
      return shown(await keys.rotate(name, overlapMinutes * 60));
    case "revoke":
      await keys.revoke(name);
      return isJson ? `${JSON.stringify({ name })}\n` : `${name} is no key any more.\n`;
    default:
      throw new UsageError(`keys cannot ${verb}: say list, create, rotate or revoke`);
  }
}

async function listText(keys: KeyRing, isJson: boolean): Promise<string> {
  const list = await keys.list();
  if (isJson) {
    return `${JSON.stringify(list, null, 2)}\n`;
  }
  const lines = list.map(({ name, role, createdAtMs, lastUsedAtMs, expiresAtMs }) => {
    const ends = expiresAtMs === null ? "" : `  ends ${time(expiresAtMs)}`;
    const used = lastUsedAtMs === null ? "never" : time(lastUsedAtMs);
    return `${name.padEnd(20)} ${role.padEnd(9)}  created ${time(createdAtMs)}  used ${used}${ends}\n`;
  });
  return lines.join("") || "There is no key here; the gateway makes one when it starts.\n";
}

function time(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace("T", " ");
}
