import { type Command, EXIT, UsageError } from "../Command.ts";
import { CONNECTION_HELP, CONNECTION_OPTIONS, connect } from "../deployment/connect.ts";

export const functionRunCommand: Command = {
  name: "run",
  summary: "run a query, mutation or action",
  help: `Runs a function, internal or public, and prints its result as JSON.

Usage: tollgate run FUNCTION [ARGUMENTS] [options]

FUNCTION is like plans:get; ARGUMENTS a JSON object ({}). A plan still changes only by a verified event.

${CONNECTION_HELP}

Exit codes: 0 done, 1 the function failed or refused, 2 wrong usage, 3 could not be reached.

Examples
  npm run tollgate -- run inbox:counts
  npm run tollgate -- run plans:open '{"ownerId":"ann"}'
  npm run tollgate -- run inbox:replay '{"status":"dead"}' --reason "mended the catalog"
`,
  options: CONNECTION_OPTIONS,
  run: async (input) => {
    const [name, text = "{}", ...rest] = input.positionals;
    if (name === undefined || rest.length > 0) {
      throw new UsageError("name one function, and perhaps its arguments as JSON");
    }
    const args = argumentsOf(text);
    const connection = connect(input);
    try {
      const result = await connection.call(name, args);
      process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
      return EXIT.clean;
    } finally {
      await connection.close();
    }
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
