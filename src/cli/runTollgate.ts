import { parseArgs } from "node:util";
import { closestName } from "../hosts/node/closestName.ts";
import { SnapshotError } from "../hosts/snapshot/SnapshotError.ts";
import { FunctionFailedError } from "../internal/audit/deployment.ts";
import { allOptions } from "./allOptions.ts";
import { type Command, EXIT, type Run, UsageError } from "./Command.ts";
import { COMMANDS } from "./commands.ts";
import { UnreachableError } from "./deployment/Connection.ts";
import { commandHelp, overview } from "./help.ts";
import { Output, type OutputStreams } from "./Output.ts";

/**
 * Runs the `tollgate` command.
 *
 * @param args what follows its name
 * @returns the exit code
 */
export async function runTollgate(
  args: readonly string[],
  streams: OutputStreams,
): Promise<number> {
  const isJson = args.includes("--json");
  const out = new Output(streams, isJson);
  const [name, ...rest] = args[0] === "help" ? [args[1] ?? "--help", "--help"] : args;
  if (name === undefined || name === "--help" || name === "-h") {
    streams.stdout.write(overview(COMMANDS));
    return name === undefined ? EXIT.usage : EXIT.clean;
  }
  const command = COMMANDS.find((each) => each.name === name);
  if (command === undefined) {
    const meant = closestName(
      name,
      COMMANDS.map((each) => each.name),
    );
    const text = `There is no command ${name}: did you mean ${meant}?`;
    out.failure("usage", isJson ? text : `${text}\n\n${overview(COMMANDS)}`);
    return EXIT.usage;
  }
  try {
    return await runCommand(command, rest, streams);
  } catch (error) {
    return failure(command, error, out);
  }
}

async function runCommand(
  command: Command,
  args: readonly string[],
  streams: OutputStreams,
): Promise<number> {
  const { values, positionals } = parse(command, args);
  if (values["help"] === true) {
    streams.stdout.write(commandHelp(command));
    return EXIT.clean;
  }
  if (values["no-color"] === true) {
    delete process.env["FORCE_COLOR"];
    process.env["NO_COLOR"] = "1";
  }
  const [run, rest] = runOf(command, positionals);
  const out = new Output(streams, values["json"] === true);
  return await run({ values, positionals: rest, out, commands: COMMANDS });
}

function parse(command: Command, args: readonly string[]) {
  const options = allOptions(command);
  try {
    const types = Object.entries(options).map(([name, { type }]) => [name, { type }] as const);
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { ...Object.fromEntries(types), help: { type: "boolean", short: "h" } },
    });
    return { values: values as Record<string, string | boolean | undefined>, positionals };
  } catch (error) {
    throw new UsageError(optionMessage(error as Error, Object.keys(options)));
  }
}

function optionMessage({ message }: Error, known: readonly string[]): string {
  const unknown = /^Unknown option '--?([^']+)'/.exec(message)?.[1];
  return unknown === undefined
    ? message
    : `There is no option --${unknown}: did you mean --${closestName(unknown, known)}?`;
}

function runOf({ name, does }: Command, positionals: readonly string[]): [Run, readonly string[]] {
  if (typeof does === "function") {
    return [does, positionals];
  }
  const verbs = Object.keys(does);
  const [verb = verbs[0] ?? "", ...rest] = positionals;
  const found = Object.hasOwn(does, verb) ? does[verb] : undefined;
  if (found === undefined) {
    throw new UsageError(
      `${name} cannot ${verb}: did you mean ${name} ${closestName(verb, verbs)}?`,
    );
  }
  return [found.run, rest];
}

/** Of a data directory that cannot be used, or a store that cannot be opened. */
const EXPECTED_CODES = new Set<unknown>([
  "no_database",
  "store_in_use",
  "StoreUnavailable",
  "data_directory_unusable",
]);

function failure({ name }: Command, error: unknown, out: Output): number {
  if (error instanceof UsageError) {
    const hint = out.isJson ? "" : `\nSee: tollgate ${name} --help`;
    out.failure("usage", `${error.message}${hint}`);
    return EXIT.usage;
  }
  if (error instanceof FunctionFailedError || error instanceof SnapshotError) {
    const code = error.code === null || out.isJson ? "" : ` (${error.code})`;
    out.failure(error.code, `${error.message}${code}`);
    return EXIT.findings;
  }
  const { message, stack, code } = error as Error & { code?: unknown };
  const isExpected = error instanceof UnreachableError || EXPECTED_CODES.has(code);
  out.failure(
    typeof code === "string" ? code : "unreachable",
    isExpected ? message : (stack ?? message),
  );
  return EXIT.unreachable;
}
