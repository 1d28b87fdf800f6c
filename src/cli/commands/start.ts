import type { Config } from "../../hosts/node/config.ts";
import type { Gateway } from "../../hosts/node/gateway.ts";
import { type Command, noPositional, textOption } from "../Command.ts";

export const startCommand: Command = {
  name: "start",
  summary: "start the gateway",
  description: `Starts the gateway, as npm start does, which also lists the variables that configure it: npm start -- --help.
It says where it listens, where it keeps its data, what is configured and what is not. Ends with Ctrl+C.
With --json one line says so as an object once it is ready.`,
  usage: [""],
  where: ["data directory"],
  options: {
    functions: {
      type: "string",
      value: "DIR",
      text: `host this folder of Convex functions instead of Tollgate's own, with a database of its
own`,
    },
    data: { type: "string", value: "DIR", text: "the data directory (TOLLGATE_DATA, .tollgate)" },
  },
  examples: ["start", "start --data /var/lib/tollgate"],
  does: async (input) => {
    noPositional(input);
    const data = textOption(input, "data");
    if (data !== null) {
      process.env["TOLLGATE_DATA"] = data;
    }
    const functions = textOption(input, "functions");
    const { main } = await import("../../hosts/node.ts");
    const args = functions === null ? [] : ["--functions", functions];
    // As npm start ends: a scheduled action that still runs would hold the process.
    process.exit(await (input.out.isJson ? main(args, readyLine) : main(args)));
  },
};

function readyLine({ stripeMode }: Config, { url, databaseFile }: Gateway): string {
  return `${JSON.stringify({ url, databaseFile, stripeMode })}\n`;
}
