import type { ParseArgsOptionsConfig } from "node:util";

/** The values of the options that were given. */
export type OptionValues = Readonly<Record<string, string | boolean | undefined>>;

/** What a command was called with. */
export interface CommandInput {
  values: OptionValues;
  /** Arguments that are no options. */
  positionals: readonly string[];
}

/** A subcommand of `tollgate`. */
export interface Command {
  name: string;
  /** What it does, in a few words. */
  summary: string;
  /** Usage, options and examples. */
  help: string;
  options: ParseArgsOptionsConfig;
  /**
   * Does it; results go to the standard output, everything else to the standard error output.
   *
   * @returns the exit code
   * @throws UsageError, and what {@link connect} and the deployment's functions throw
   */
  run(input: CommandInput): Promise<number>;
}

/** Exit codes of every command. */
export const EXIT = { clean: 0, findings: 1, usage: 2, unreachable: 3 } as const;

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

/** The text of an option, or null when it was not given. */
export function textOption({ values }: CommandInput, name: string): string | null {
  const value = values[name];
  return typeof value === "string" ? value : null;
}
