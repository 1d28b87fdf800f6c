import type { Command, Option } from "../Command.ts";
import { firstWords, optionsOf, quoted, valueKind } from "./words.ts";

/** A script for zsh, whose own `_arguments` does the work. */
export function zshCompletion(commands: readonly Command[]): string {
  return `#compdef tollgate
# zsh completion for tollgate
_tollgate() {
  local -a commands words_here
  commands=(
${commands.map(({ name, summary }) => `    ${described(name, summary)}`).join("\n")}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command="$words[2]"
  shift words
  (( CURRENT-- ))
  case "$command" in
    help) _describe command commands ;;
${commands.map(commandCase).join("\n")}
  esac
}
compdef _tollgate tollgate
`;
}

function commandCase(command: Command): string {
  const specs = optionsOf(command).map(([name, option, summary]) =>
    quoted(`--${name}[${escaped(summary)}]${valueSpec(option)}`),
  );
  const first = firstWords(command).map(([word, summary]) => described(word, summary));
  const words = first.length === 0 ? "" : `\n      words_here=(${first.join(" ")})`;
  const argument =
    first.length === 0 ? "'*: :_files'" : "'1: :{_describe word words_here}' '*: :_files'";
  return `    ${command.name})${words}
      _arguments ${[...specs, argument].join(" \\\n        ")} ;;`;
}

function valueSpec(option: Option): string {
  if (option.type === "boolean") {
    return "";
  }
  const kind = valueKind(option);
  const how = {
    file: "_files",
    folder: "_files -/",
    choice: `(${option.choices?.join(" ")})`,
    any: "",
  };
  return `:${escaped(option.value ?? "")}:${how[kind]}`;
}

function described(word: string, summary: string): string {
  return quoted(`${word.replaceAll(":", "\\:")}:${summary}`);
}

/** In a specification these have a meaning of their own. */
function escaped(text: string): string {
  return text.replaceAll(/[\\[\]:]/g, "\\$&");
}
