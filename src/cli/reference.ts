import { allOptions } from "./allOptions.ts";
import { type Command, EXIT_TEXT } from "./Command.ts";
import { optionUsage, PREFIX, usageLines, verbLines } from "./help.ts";

/** The text of docs/cli.md, made from what the commands tell of themselves. */
export function reference(commands: readonly Command[]): string {
  const list = commands.map(({ name, summary }) => `| [\`${name}\`](#${name}) | ${summary} |`);
  const codes = Object.entries(EXIT_TEXT).map(([code, text]) => `| ${code} | ${text} |`);
  return `# The tollgate command

Made by \`npm run docs:cli\` from the commands themselves; \`tollgate COMMAND --help\` says the same.

From this repository every call begins with \`${PREFIX}\`; where the package is installed, with \`npx tollgate\`.
With \`npm run --silent\` npm adds no lines of its own to what a program reads.

| command | does |
|---|---|
${list.join("\n")}

## Everywhere

Results go to the standard output, everything else to the standard error output.

\`--help\` tells what a command does. \`--json\` writes results as JSON; a command that goes on (\`events tail\`, \`logs\`, \`listen\`, \`run --watch\`) writes
one value a line. A failure is then \`{"error":{"code","message"}}\` on the standard error output, with a code
that stays. Colours and progress bars are for terminals; \`NO_COLOR\` or \`--no-color\` take the colours away,
\`FORCE_COLOR\` has them everywhere. Where there is no terminal a long command writes a line every five seconds.

| exit code | means |
|---|---|
${codes.join("\n")}

A command that Ctrl+C ends has the shell's own code, 130.

## Where commands work

| place | named by |
|---|---|
| data directory | \`--data\` or \`TOLLGATE_DATA\` (\`.tollgate\`), while no gateway runs on it |
| gateway | \`--url\` or \`TOLLGATE_URL\`, with the key in \`TOLLGATE_ADMIN_KEY\` |
| Convex | the same, or \`CONVEX_SELF_HOSTED_URL\` and \`CONVEX_SELF_HOSTED_ADMIN_KEY\`, as \`npx convex\` takes them |
| sandbox | \`--sandbox\` or \`SANDBOX_PORT\` |

What goes on by itself (\`reconcile\`, a replay of many, \`events tail\`, \`logs\`, \`run --watch\`) needs a gateway that runs:
in a data directory it is refused with \`not_in_data_directory\`. What Convex has of its own (admin keys, the record of
what operators do) is refused there with \`not_on_convex\`. At the edge, what is asked of a connected account's object
with \`--place\` is refused with \`not_at_place\` if it goes on by itself.

## Why

What an operator does is written down with the name of the key and the \`--reason\`; \`tollgate actions\` shows it.

${commands.map(section).join("\n")}`;
}

function section(command: Command): string {
  const { name, summary, description, where, examples } = command;
  const verbs = verbLines(command).map(([verb, text]) => `| \`${verb}\` | ${text} |`);
  const options = Object.entries(allOptions(command))
    .filter(([option]) => !EVERYWHERE.has(option))
    .map(([option, told]) => `| \`${optionUsage(option, told)}\` | ${inCell(told.text)} |`);
  const calls = examples.map((example) => `${PREFIX} ${example}`);
  return `## ${name}

${summary[0]?.toUpperCase()}${summary.slice(1)}. Works on: ${where.join(", ") || "this machine"}.

\`\`\`
${usageLines(command).join("\n")}
\`\`\`

${prose(description)}
${verbs.length === 0 ? "" : `\n| first word | does |\n|---|---|\n${verbs.join("\n")}\n`}${options.length === 0 ? "" : `\n| option | does |\n|---|---|\n${options.join("\n")}\n`}
\`\`\`
${calls.join("\n")}
\`\`\`
`;
}

/** Options that all commands have. */
const EVERYWHERE = new Set(["json", "no-color", "help"]);

/** Lines that are set in stay as they are. */
function prose(description: string): string {
  return description
    .split("\n\n")
    .map((paragraph) => {
      const [, text = "", lines = ""] = /^((?:(?! {2}).*\n?)*)([\s\S]*)$/.exec(paragraph) ?? [];
      return [text.trimEnd(), lines === "" ? "" : `\`\`\`\n${lines}\n\`\`\``]
        .filter((part) => part !== "")
        .join("\n\n");
    })
    .join("\n\n");
}

function inCell(text: string): string {
  return text.replaceAll("\n", " ").replaceAll("|", "\\|");
}
