import { allOptions } from "./allOptions.ts";
import { type Command, EXIT_TEXT, type Option } from "./Command.ts";

/** How a command is called from this repository. */
export const PREFIX = "npm run tollgate --";

const OPTION_WIDTH = 22;

/** What the command line can do. */
export function overview(commands: readonly Command[]): string {
  return `Works with a Tollgate deployment, or with its data directory while no gateway runs.

Usage: tollgate COMMAND [options]

${commands.map(({ name, summary }) => `  ${name.padEnd(12)} ${summary}`).join("\n")}

tollgate COMMAND --help tells more. From this repository: ${PREFIX} COMMAND.
`;
}

/** Usage, options and examples of a command. */
export function commandHelp(command: Command): string {
  const { description, examples, where } = command;
  const sections = [
    description,
    `Usage: ${usageLines(command).join("\n       ")}`,
    verbLines(command)
      .map(([verb, summary]) => `  ${verb.padEnd(OPTION_WIDTH)} ${summary}`)
      .join("\n"),
    Object.entries(allOptions(command)).map(optionText).join("\n"),
    `Works on: ${where.length === 0 ? "this machine" : where.join(", ")}.\n${exitCodesText()}`,
    `Examples\n${examples.map((example) => `  ${PREFIX} ${example}`).join("\n")}`,
  ];
  return `${sections.filter((section) => section !== "").join("\n\n")}\n`;
}

/** Each way to call a command. */
export function usageLines({ name, usage }: Command): string[] {
  return usage.map((line) => `tollgate ${name}${line === "" ? "" : ` ${line}`} [options]`);
}

/** The verbs of a command, with what they do. */
export function verbLines({ does }: Command): [verb: string, summary: string][] {
  return typeof does === "function"
    ? []
    : Object.entries(does).map(([verb, { summary }]) => [verb, summary]);
}

/** "--limit N" */
export function optionUsage(name: string, { value }: Option): string {
  return value === undefined ? `--${name}` : `--${name} ${value}`;
}

export function exitCodesText(): string {
  const codes = Object.entries(EXIT_TEXT).map(([code, text]) => `${code} ${text}`);
  return `Exit codes: ${codes.join("; ")}.`;
}

function optionText([name, option]: [string, Option]): string {
  const lines = option.text.split("\n");
  return `  ${optionUsage(name, option).padEnd(OPTION_WIDTH)} ${lines.join(`\n${" ".repeat(OPTION_WIDTH + 3)}`)}`;
}
