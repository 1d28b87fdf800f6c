import type { Command } from "../Command.ts";
import { firstWords, optionsOf, quoted, valueKind } from "./words.ts";

/** A script for bash 3.2 and later, without the package bash-completion. */
export function bashCompletion(commands: readonly Command[]): string {
  const names = commands.map(({ name }) => name).join(" ");
  return `# bash completion for tollgate
_tollgate() {
  local current="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" first="" options=""
  COMPREPLY=()
  if (( COMP_CWORD == 1 )); then
    COMPREPLY=( $(compgen -W ${quoted(`${names} help --help`)} -- "$current") )
    return
  fi
  case "\${COMP_WORDS[1]} $before" in
${commands.flatMap(valueLines).join("\n")}
  esac
  case "\${COMP_WORDS[1]}" in
    help) first=${quoted(names)} ;;
${commands.map(wordLine).join("\n")}
  esac
  if [[ $current == -* ]]; then
    COMPREPLY=( $(compgen -W "$options" -- "$current") )
  elif (( COMP_CWORD == 2 )) && [[ -n $first ]]; then
    COMPREPLY=( $(compgen -W "$first" -- "$current") )
  else
    COMPREPLY=( $(compgen -f -- "$current") )
  fi
}
complete -F _tollgate tollgate
`;
}

/** What follows an option that takes a value. */
function valueLines(command: Command): string[] {
  return optionsOf(command)
    .filter(([, { type }]) => type === "string")
    .map(([name, option]) => {
      const choices = quoted(option.choices?.join(" ") ?? "");
      const how = { file: "-f", folder: "-d", choice: `-W ${choices}`, any: "-W ''" };
      const reply = `COMPREPLY=( $(compgen ${how[valueKind(option)]} -- "$current") )`;
      return `    "${command.name} --${name}") ${reply}; return ;;`;
    });
}

/** What can follow a command otherwise. */
function wordLine(command: Command): string {
  const first = firstWords(command).map(([word]) => word);
  const options = optionsOf(command).map(([name]) => `--${name}`);
  return `    ${command.name}) first=${quoted(first.join(" "))} options=${quoted(options.join(" "))} ;;`;
}
