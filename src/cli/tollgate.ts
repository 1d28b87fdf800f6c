#!/usr/bin/env node
import { parseArgs } from "node:util";
import { closestName } from "../hosts/node/closestName.ts";
import { SnapshotError } from "../hosts/snapshot/SnapshotError.ts";
import { FunctionFailedError } from "../internal/audit/deployment.ts";
import { type Command, EXIT, UsageError } from "./Command.ts";
import { actionsCommand } from "./commands/actions.ts";
import { auditCommand } from "./commands/audit.ts";
import { clockCommand } from "./commands/clock.ts";
import { eraseCommand } from "./commands/erase.ts";
import { explainCommand } from "./commands/explain.ts";
import { exportCommand } from "./commands/export.ts";
import { functionsCommand } from "./commands/functions.ts";
import { importCommand } from "./commands/import.ts";
import { keysCommand } from "./commands/keys.ts";
import { linkCommand } from "./commands/link.ts";
import { listenCommand } from "./commands/listen.ts";
import { retentionCommand } from "./commands/retention.ts";
import { functionRunCommand } from "./commands/run.ts";
import { triggerCommand } from "./commands/trigger.ts";
import { UnreachableError } from "./deployment/Connection.ts";

/** In the order in which the help lists them. */
const COMMANDS: readonly Command[] = [
  auditCommand,
  explainCommand,
  exportCommand,
  importCommand,
  eraseCommand,
  retentionCommand,
  triggerCommand,
  listenCommand,
  clockCommand,
  linkCommand,
  functionRunCommand,
  functionsCommand,
  keysCommand,
  actionsCommand,
];

const NAMES = COMMANDS.map(({ name }) => name);

const HELP = `Works with a Tollgate deployment, or with its data directory while no gateway runs.

Usage: tollgate COMMAND [options]

${COMMANDS.map(({ name, summary }) => `  ${name.padEnd(12)} ${summary}`).join("\n")}

tollgate COMMAND --help tells more. From this repository: npm run tollgate -- COMMAND.
`;

/** @returns the exit code */
async function main([name, ...rest]: readonly string[]): Promise<number> {
  const command = COMMANDS.find((each) => each.name === name);
  if (command === undefined) {
    const isAsked = name === undefined || name === "--help" || name === "-h" || name === "help";
    const text = isAsked
      ? HELP
      : `There is no command ${name}: did you mean ${closestName(name, NAMES)}?\n\n${HELP}`;
    (isAsked ? process.stdout : process.stderr).write(text);
    return isAsked && name !== undefined ? EXIT.clean : EXIT.usage;
  }
  try {
    return await runCommand(command, rest);
  } catch (error) {
    return failure(command, error);
  }
}

async function runCommand(command: Command, args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(command, args);
  if (values["help"] === true) {
    process.stdout.write(command.help);
    return EXIT.clean;
  }
  return await command.run({ values, positionals });
}

function parse({ options }: Command, args: readonly string[]) {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { ...options, help: { type: "boolean", short: "h" } },
    });
    return { values: values as Record<string, string | boolean | undefined>, positionals };
  } catch (error) {
    throw new UsageError(optionMessage(error as Error, Object.keys(options)));
  }
}

function optionMessage({ message }: Error, known: readonly string[]): string {
  const unknown = /^Unknown option '--([^']+)'/.exec(message)?.[1];
  return unknown === undefined
    ? message
    : `There is no option --${unknown}: did you mean --${closestName(unknown, [...known, "help"])}?`;
}

/** Of a data directory that cannot be used, or a store that cannot be opened. */
const EXPECTED_CODES = new Set<unknown>([
  "no_database",
  "store_in_use",
  "StoreUnavailable",
  "data_directory_unusable",
]);

function failure({ name }: Command, error: unknown): number {
  if (error instanceof UsageError) {
    process.stderr.write(`${error.message}\nSee: tollgate ${name} --help\n`);
    return EXIT.usage;
  }
  if (error instanceof FunctionFailedError || error instanceof SnapshotError) {
    const code = error.code === null ? "" : ` (${error.code})`;
    process.stderr.write(`${error.message}${code}\n`);
    return EXIT.findings;
  }
  const { message, stack, code } = error as Error & { code?: unknown };
  const isExpected = error instanceof UnreachableError || EXPECTED_CODES.has(code);
  process.stderr.write(`${isExpected ? message : (stack ?? message)}\n`);
  return EXIT.unreachable;
}

process.exitCode = await main(process.argv.slice(2));
