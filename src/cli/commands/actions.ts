import { type Command, EXIT, textOption, UsageError } from "../Command.ts";
import { CONNECTION_HELP, CONNECTION_OPTIONS, connect } from "../deployment/connect.ts";

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 1_000;

interface Action {
  atMs: number;
  keyName: string;
  action: string;
  functionPath: string | null;
  args: string;
  reason: string | null;
  status: string;
}

export const actionsCommand: Command = {
  name: "actions",
  summary: "show what operators did: who, when, what and why",
  help: `Shows what operators did, newest first: who, when, what, why, and how it ended.

Usage: tollgate actions [--limit N] [options]

  --limit N              at most so many, up to ${MAX_LIMIT} (${DEFAULT_LIMIT})
  --json                 as JSON
${CONNECTION_HELP}

Exit codes: 0 shown, 1 refused, 2 wrong usage, 3 could not be reached.

Examples
  npm run tollgate -- actions
  npm run tollgate -- actions --limit 1000 --json
`,
  options: { ...CONNECTION_OPTIONS, limit: { type: "string" }, json: { type: "boolean" } },
  run: async (input) => {
    const limit = Number(textOption(input, "limit") ?? DEFAULT_LIMIT);
    if (
      !Number.isInteger(limit) ||
      limit < 1 ||
      limit > MAX_LIMIT ||
      input.positionals.length > 0
    ) {
      throw new UsageError(`--limit is a number from 1 to ${MAX_LIMIT}; actions takes no argument`);
    }
    const connection = connect(input);
    try {
      const paginationOpts = { numItems: limit, cursor: null };
      const args = { table: "_operator_actions", order: "desc", paginationOpts };
      const { page } = (await connection.call("_system/cli/tableData", args)) as { page: Action[] };
      process.stdout.write(
        input.values["json"] ? `${JSON.stringify(page, null, 2)}\n` : page.map(lineOf).join(""),
      );
      return EXIT.clean;
    } finally {
      await connection.close();
    }
  },
};

function lineOf({ atMs, keyName, action, functionPath, args, reason, status }: Action): string {
  const why = reason === null ? "" : `  (${reason})`;
  const what = functionPath ?? action;
  return `${new Date(atMs).toISOString()}  ${keyName}  ${status}  ${what} ${args}${why}\n`;
}
