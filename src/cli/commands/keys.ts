import { REASON_OPTION } from "../allOptions.ts";
import {
  type Command,
  type CommandInput,
  EXIT,
  noPositional,
  onlyPositional,
  textOption,
  UsageError,
} from "../Command.ts";
import { withConnection } from "../deployment/connect.ts";

const DEFAULT_OVERLAP_MINUTES = 60;

export const keysCommand: Command = {
  name: "keys",
  summary: "list, create, rotate or revoke the keys of admins",
  description: `Manages the keys of those who administer. A new key is printed once; only its hash is kept.

The key "local" is kept in the data directory; rotating it also puts the new one there. The key "environment"
comes from TOLLGATE_ADMIN_KEY and is changed there.`,
  usage: ["[list]", "create NAME [--role ROLE]", "rotate NAME [--overlap MINUTES]", "revoke NAME"],
  where: ["data directory", "gateway"],
  options: {
    role: {
      type: "string",
      value: "ROLE",
      choices: ["admin", "read-only"],
      text: "of a new key: admin, or read-only, which runs queries and reads (admin)",
    },
    overlap: {
      type: "string",
      value: "MINUTES",
      text: `for how long a rotated key is still taken besides the new one (${DEFAULT_OVERLAP_MINUTES})`,
    },
    ...REASON_OPTION,
  },
  examples: [
    "keys",
    'keys create grafana --role read-only --reason "metrics"',
    "keys rotate local --overlap 0",
    "keys revoke grafana",
  ],
  does: {
    list: { summary: "who has one, and when it was used last", run: list },
    create: { summary: "a new key", run: create },
    rotate: { summary: "a new key in the place of an old one", run: rotate },
    revoke: { summary: "end a key at once", run: revoke },
  },
};

async function list(input: CommandInput): Promise<number> {
  noPositional(input);
  return await withConnection(input, async ({ keys }) => {
    const all = await keys.list();
    const lines = all.map(({ name, role, createdAtMs, lastUsedAtMs, expiresAtMs }) => {
      const ends = expiresAtMs === null ? "" : `  ends ${time(expiresAtMs)}`;
      const used = lastUsedAtMs === null ? "never" : time(lastUsedAtMs);
      return `${name.padEnd(20)} ${role.padEnd(9)}  created ${time(createdAtMs)}  used ${used}${ends}\n`;
    });
    const none = "There is no key here; the gateway makes one when it starts.\n";
    input.out.result(all, lines.join("") || none);
    return EXIT.clean;
  });
}

async function create(input: CommandInput): Promise<number> {
  const name = onlyPositional(input, "key");
  return await withConnection(input, async ({ keys }) => {
    const key = await keys.create(name, textOption(input, "role") ?? "admin");
    input.out.result({ name, key }, `${key}\n`);
    return EXIT.clean;
  });
}

async function rotate(input: CommandInput): Promise<number> {
  const name = onlyPositional(input, "key");
  const overlapMinutes = Number(textOption(input, "overlap") ?? DEFAULT_OVERLAP_MINUTES);
  if (!(overlapMinutes >= 0)) {
    throw new UsageError("--overlap is a number of minutes");
  }
  return await withConnection(input, async ({ keys }) => {
    const key = await keys.rotate(name, overlapMinutes * 60);
    input.out.result({ name, key }, `${key}\n`);
    return EXIT.clean;
  });
}

async function revoke(input: CommandInput): Promise<number> {
  const name = onlyPositional(input, "key");
  return await withConnection(input, async ({ keys }) => {
    await keys.revoke(name);
    input.out.result({ name }, `${name} is no key any more.\n`);
    return EXIT.clean;
  });
}

function time(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace("T", " ");
}
