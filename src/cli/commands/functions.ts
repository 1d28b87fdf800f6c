import { type Command, EXIT, noPositional } from "../Command.ts";
import { withConnection } from "../deployment/connect.ts";
import { type FunctionSpec, functionSpecs } from "../deployment/functionNames.ts";

export const functionsCommand: Command = {
  name: "functions",
  summary: "list the functions that can be run",
  description: `Lists every function: its type, who may call it, and its name. With --json also the validators of arguments and
results.`,
  usage: [""],
  where: ["data directory", "gateway", "Convex"],
  options: {},
  examples: ["functions"],
  does: async (input) => {
    noPositional(input);
    return await withConnection(input, async (connection) => {
      const specs = await functionSpecs(connection);
      input.out.result(specs, specs.map(lineOf).toSorted().join(""));
      return EXIT.clean;
    });
  },
};

function lineOf({ functionType, identifier, visibility, method, path }: FunctionSpec): string {
  const name = identifier?.replace(".js:", ":") ?? `${method} ${path}`;
  return `${functionType.padEnd(11)} ${(visibility?.kind ?? "").padEnd(9)} ${name}\n`;
}
