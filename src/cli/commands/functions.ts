import { type Command, EXIT, UsageError } from "../Command.ts";
import { CONNECTION_HELP, CONNECTION_OPTIONS, connect } from "../deployment/connect.ts";

interface FunctionSpec {
  functionType: string;
  identifier?: string;
  visibility?: { kind: string };
  method?: string;
  path?: string;
}

export const functionsCommand: Command = {
  name: "functions",
  summary: "list the functions that can be run",
  help: `Lists every function: its type, who may call it, and its name.

Usage: tollgate functions [options]

  --json                 with the validators of arguments and results, as JSON
${CONNECTION_HELP}

Exit codes: 0 listed, 1 refused, 2 wrong usage, 3 could not be reached.

Examples
  npm run tollgate -- functions
`,
  options: { ...CONNECTION_OPTIONS, json: { type: "boolean" } },
  run: async (input) => {
    if (input.positionals.length > 0) {
      throw new UsageError("functions takes no argument");
    }
    const connection = connect(input);
    try {
      const specs = (await connection.call("_system/cli/modules:apiSpec", {})) as FunctionSpec[];
      process.stdout.write(
        input.values["json"]
          ? `${JSON.stringify(specs, null, 2)}\n`
          : specs.map(lineOf).toSorted().join(""),
      );
      return EXIT.clean;
    } finally {
      await connection.close();
    }
  },
};

function lineOf({ functionType, identifier, visibility, method, path }: FunctionSpec): string {
  const name = identifier?.replace(".js:", ":") ?? `${method} ${path}`;
  return `${functionType.padEnd(11)} ${(visibility?.kind ?? "").padEnd(9)} ${name}\n`;
}
