import type { Command } from "../Command.ts";
import { firstWords, optionsOf, quoted, valueKind } from "./words.ts";

/** A script for fish: one line for each thing that can be completed. */
export function fishCompletion(commands: readonly Command[]): string {
  const names = commands.map(({ name }) => name);
  const lines = [
    "# fish completion for tollgate",
    "complete -c tollgate -f",
    ...commands.map(({ name, summary }) => completion(IS_FIRST, `-a ${name}`, summary)),
    completion(`${behind("help")}; and ${IS_SECOND}`, `-a ${quoted(names.join(" "))}`, ""),
    ...commands.flatMap(commandLines),
  ];
  return `${lines.join("\n")}\n`;
}

const IS_FIRST = "test (count (commandline -opc)) -eq 1";
const IS_SECOND = "test (count (commandline -opc)) -eq 2";

function behind(name: string): string {
  return `string match -q -- ${name} (commandline -opc)[2]`;
}

function commandLines(command: Command): string[] {
  const isIt = behind(command.name);
  return [
    ...firstWords(command).map(([word, summary]) =>
      completion(`${isIt}; and ${IS_SECOND}`, `-a ${quoted(word)}`, summary),
    ),
    ...(command.usage.some((usage) => usage.includes("FILE")) ? [completion(isIt, "-F", "")] : []),
    ...optionsOf(command).map(([name, option, summary]) => {
      const takes = {
        file: " -r -F",
        folder: " -x -a '(__fish_complete_directories)'",
        choice: ` -x -a ${quoted(option.choices?.join(" ") ?? "")}`,
        any: option.type === "string" ? " -x" : "",
      }[valueKind(option)];
      return completion(isIt, `-l ${name}${takes}`, summary);
    }),
  ];
}

function completion(condition: string, what: string, summary: string): string {
  const text = summary === "" ? "" : ` -d ${quoted(summary)}`;
  return `complete -c tollgate -n ${quoted(condition)} ${what}${text}`;
}
