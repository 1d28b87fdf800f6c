import { type Command, EXIT, noPositional, numberOption } from "../Command.ts";
import { withConnection } from "../deployment/connect.ts";
import type { Output } from "../Output.ts";

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
  description: "Shows what operators did, newest first: who, when, what, why, and how it ended.",
  usage: [""],
  where: ["data directory", "gateway"],
  options: {
    limit: {
      type: "string",
      value: "N",
      text: `at most so many, up to ${MAX_LIMIT} (${DEFAULT_LIMIT})`,
    },
  },
  examples: ["actions", "actions --limit 1000 --json"],
  does: async (input) => {
    noPositional(input);
    const limit = numberOption(input, "limit", { least: 1, most: MAX_LIMIT, usual: DEFAULT_LIMIT });
    return await withConnection(input, async (connection) => {
      const actions = (await connection.operatorActions(limit)) as Action[];
      input.out.result(actions, actions.map((action) => lineOf(action, input.out)).join(""));
      return EXIT.clean;
    });
  },
};

function lineOf(
  { atMs, keyName, action, functionPath, args, reason, status }: Action,
  out: Output,
): string {
  const why = reason === null ? "" : `  (${reason})`;
  const what = functionPath ?? action;
  const when = out.style("dim", new Date(atMs).toISOString());
  return `${when}  ${keyName}  ${out.state(status)}  ${what} ${args}${why}\n`;
}
