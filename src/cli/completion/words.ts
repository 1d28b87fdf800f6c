import { allOptions } from "../allOptions.ts";
import type { Command, Option } from "../Command.ts";

/** What can follow a command: verbs, or other words that it knows. */
export function firstWords({ does, words = [] }: Command): [word: string, summary: string][] {
  return typeof does === "function"
    ? words.map((word) => [word, ""])
    : Object.entries(does).map(([verb, { summary }]) => [verb, summary]);
}

/** How the value of an option is completed. */
export function valueKind({ value, choices }: Option): "file" | "folder" | "choice" | "any" {
  if (choices !== undefined) {
    return "choice";
  }
  return value === "FILE" ? "file" : value === "DIR" ? "folder" : "any";
}

/** The options of a command with their first line of help. */
export function optionsOf(command: Command): [name: string, option: Option, summary: string][] {
  return Object.entries(allOptions(command)).map(([name, option]) => [
    name,
    option,
    option.text.split("\n", 1)[0] ?? "",
  ]);
}

/** For a shell, in single quotes. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
