import { type Command, EXIT, noPositional, textOption } from "../Command.ts";
import type { LogEntry } from "../deployment/Connection.ts";
import { requireRunning, withConnection } from "../deployment/connect.ts";
import type { Output } from "../Output.ts";

export const logsCommand: Command = {
  name: "logs",
  summary: "show what functions ran, and what they logged",
  description: `Shows the functions that ran, as they end: when, which, how long they took, why they failed, and what they
logged. First the last ones that are kept in memory; then it follows until Ctrl+C.`,
  usage: ["[--failed] [--function NAME] [--no-follow]"],
  where: ["gateway", "Convex"],
  options: {
    failed: { type: "boolean", text: "only those that failed" },
    function: { type: "string", value: "NAME", text: "only functions whose name begins so" },
    "no-follow": { type: "boolean", text: "end after those that are kept" },
  },
  examples: ["logs --failed", "logs --function inbox: --no-follow --json"],
  does: async (input) => {
    noPositional(input);
    const name = textOption(input, "function") ?? "";
    return await withConnection(input, async (connection) => {
      const { logs } = requireRunning(connection, "A log");
      let cursor = 0;
      do {
        const { entries, newCursor } = await logs(cursor);
        for (const entry of entries) {
          const isOver = entry.kind === "Completion";
          const isWanted = entry.error !== null || input.values["failed"] !== true;
          if (isOver && isWanted && entry.identifier.startsWith(name)) {
            input.out.line(entry, entryText(entry, input.out));
          }
        }
        cursor = newCursor;
      } while (input.values["no-follow"] !== true);
      return EXIT.clean;
    });
  },
};

function entryText(entry: LogEntry, out: Output): string {
  const { udfType, identifier, timestamp, executionTime, error, logLines } = entry;
  const when = out.style("dim", new Date(timestamp * 1_000).toISOString());
  const took = `${(executionTime * 1_000).toFixed(1)} ms`;
  const lines = [
    `${when}  ${udfType.padEnd(10)} ${identifier}  ${took}`,
    ...(error === null ? [] : [`  ${out.style("red", error)}`]),
    ...logLines.map(({ messages }) => `  ${messages.join(" ")}`),
  ];
  return lines.join("\n");
}
