import { closestName } from "../../hosts/node/closestName.ts";
import { FunctionFailedError } from "../../internal/audit/deployment.ts";
import { REASON_OPTION } from "../allOptions.ts";
import { type Command, EXIT, UsageError } from "../Command.ts";
import type { Connection } from "../deployment/Connection.ts";
import { requireRunning, withConnection } from "../deployment/connect.ts";
import { functionNames } from "../deployment/functionNames.ts";

export const functionRunCommand: Command = {
  name: "run",
  summary: "run a query, mutation or action",
  description: `Runs a function, internal or public, and prints its result as JSON.

FUNCTION is like plans:get; ARGUMENTS a JSON object ({}). A plan still changes only by a verified event.`,
  usage: [
    "FUNCTION [ARGUMENTS] [--as USER] [--reason TEXT]",
    "QUERY [ARGUMENTS] --watch [--as USER]",
  ],
  where: ["data directory", "gateway", "Convex"],
  options: {
    watch: {
      type: "boolean",
      text: "print the result again whenever it changes, until Ctrl+C; one JSON a line with --json",
    },
    as: {
      type: "string",
      value: "USER",
      text: `as this user: a subject, or attributes like '{"subject":"ann","issuer":"https://…"}'`,
    },
    ...REASON_OPTION,
  },
  examples: [
    "run inbox:counts --watch",
    `run plans:open '{"ownerId":"ann"}'`,
    `run plans:upgrade '{"plan":"professional","interval":"month"}' --as ann`,
    `run inbox:replay '{"status":"dead"}' --reason "mended the catalog"`,
  ],
  does: async (input) => {
    const [name, text = "{}", ...rest] = input.positionals;
    if (name === undefined || rest.length > 0) {
      throw new UsageError("name one function, and perhaps its arguments as JSON");
    }
    const args = argumentsOf(text);
    return await withConnection(input, async (connection) => {
      try {
        if (input.values["watch"] === true) {
          const { watch } = requireRunning(connection, "A watch");
          return await watch(name, args, async (result) =>
            input.out.line(result, JSON.stringify(result, null, 2)),
          );
        }
        const result = await connection.call(name, args);
        input.out.result(result, `${JSON.stringify(result, null, 2)}\n`);
        return EXIT.clean;
      } catch (error) {
        throw await withGuess(connection, name, error);
      }
    });
  },
};

/** @throws UsageError */
function argumentsOf(text: string): object {
  try {
    const args: unknown = JSON.parse(text);
    if (typeof args === "object" && args !== null && !Array.isArray(args)) {
      return args;
    }
  } catch {
    // Said below, as for other JSON.
  }
  throw new UsageError(`the arguments are no JSON object, like '{"ownerId":"ann"}'`);
}

/** The failure; of a function that does not exist with the name that was probably meant. */
async function withGuess(connection: Connection, name: string, error: unknown): Promise<unknown> {
  if (!(error instanceof FunctionFailedError) || !/could not find/i.test(error.message)) {
    return error;
  }
  const names = await functionNames(connection).catch((): string[] => []);
  const guess = names.includes(name) ? undefined : closestName(name, names);
  return guess === undefined
    ? error
    : new FunctionFailedError(
        `There is no function ${name}: did you mean ${guess}?`,
        "function_not_found",
      );
}
