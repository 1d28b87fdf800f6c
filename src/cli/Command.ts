import type { Output } from "./Output.ts";

/** The values of the options that were given. */
export type OptionValues = Readonly<Record<string, string | boolean | undefined>>;

/** What a command was called with. */
export interface CommandInput {
  values: OptionValues;
  /** Arguments that are no options, without the command and its verb. */
  positionals: readonly string[];
  out: Output;
  /** What the command line can do as a whole, for what is made from that: completion. */
  commands: readonly Command[];
}

/** An option of a command, as its help, its completion and docs/cli.md tell of it. */
export interface Option {
  type: "string" | "boolean";
  /** What stands for its value: `FILE` and `DIR` are completed as such. Only of a string. */
  value?: string;
  /** What it does; several lines where it is long. */
  text: string;
  /** The values that it takes, if there are only these. */
  choices?: readonly string[];
}

/** Where a command works: the last is the local stand-in for Stripe. */
export type Where = "data directory" | "gateway" | "Convex" | "sandbox";

/**
 * Does what was asked for; results go to the standard output, everything else to the standard error output.
 *
 * @returns the exit code
 * @throws UsageError, what `withConnection` throws, and what the deployment's functions throw
 */
export type Run = (input: CommandInput) => Promise<number>;

/** A first argument that says what a command shall do. */
export interface Verb {
  summary: string;
  run: Run;
}

/** A subcommand of `tollgate`: all that is known of it is told here, and nowhere else. */
export interface Command {
  name: string;
  /** What it does, in a few words. */
  summary: string;
  /** What somebody has to know who uses it, in paragraphs. */
  description: string;
  /** What follows its name, one line for each way to call it, without options that all have. */
  usage: readonly string[];
  where: readonly Where[];
  options: Readonly<Record<string, Option>>;
  /** Calls of it, without "tollgate". */
  examples: readonly string[];
  /** What it does; with verbs the first of them is meant when none is named. */
  does: Run | Readonly<Record<string, Verb>>;
  /** Other words that its first argument can be, for completion. */
  words?: readonly string[];
}

/** Exit codes of every command. */
export const EXIT = { clean: 0, findings: 1, usage: 2, unreachable: 3 } as const;

/** What they mean, for help and documentation. */
export const EXIT_TEXT: Readonly<Record<number, string>> = {
  [EXIT.clean]: "done",
  [EXIT.findings]: "found something, was refused, or failed",
  [EXIT.usage]: "wrong usage",
  [EXIT.unreachable]: "could not be reached, or read",
};

/** The command was called in a way that it does not know. The message says how to mend it. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** The one positional argument. @throws UsageError when there is none, or more */
export function onlyPositional({ positionals }: CommandInput, what: string): string {
  const [only, second] = positionals;
  if (only === undefined || second !== undefined) {
    throw new UsageError(`name one ${what}`);
  }
  return only;
}

/** @throws UsageError when there is a positional argument */
export function noPositional({ positionals }: CommandInput): void {
  if (positionals.length > 0) {
    throw new UsageError(`${positionals[0]} is one argument too many`);
  }
}

/** The text of an option, or null when it was not given. */
export function textOption({ values }: CommandInput, name: string): string | null {
  const value = values[name];
  return typeof value === "string" ? value : null;
}

/** The whole number of an option. @throws UsageError unless it is from `least` to `most` */
export function numberOption(
  input: CommandInput,
  name: string,
  { least, most, usual }: { least: number; most: number; usual: number },
): number {
  const number = Number(textOption(input, name) ?? usual);
  if (!Number.isInteger(number) || number < least || number > most) {
    throw new UsageError(`--${name} is a whole number from ${least} to ${most}`);
  }
  return number;
}

/** The moment of an option, in milliseconds since 1970; null when it was not given. @throws UsageError */
export function timeOption(input: CommandInput, name: string): number | null {
  const text = textOption(input, name);
  if (text === null) {
    return null;
  }
  const [, count, unit = ""] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const ms = count === undefined ? Date.parse(text) : Date.now() - Number(count) * msOf(unit);
  if (!Number.isFinite(ms)) {
    throw new UsageError(`--${name} is a time, like 2026-11-24T03:00Z, or how long ago, like 36h`);
  }
  return ms;
}

/** Milliseconds of one `s`, `m`, `h` or `d`. */
export function msOf(unit: string): number {
  return { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }[unit] ?? Number.NaN;
}
