import { type Command, EXIT, noPositional } from "../Command.ts";
import { bashCompletion } from "../completion/bashCompletion.ts";
import { fishCompletion } from "../completion/fishCompletion.ts";
import { zshCompletion } from "../completion/zshCompletion.ts";

export const completionCommand: Command = {
  name: "completion",
  summary: "print what a shell needs to complete this command",
  description: `Prints a script with which a shell completes commands, verbs, options and their values. It runs nothing
when Tab is pressed. It completes the word tollgate: from this repository make that an alias.

  bash   eval "$(tollgate completion bash)" in ~/.bashrc
  zsh    eval "$(tollgate completion zsh)" in ~/.zshrc, after compinit
  fish   tollgate completion fish > ~/.config/fish/completions/tollgate.fish`,
  usage: ["bash|zsh|fish"],
  where: [],
  options: {},
  examples: ["completion bash"],
  does: {
    bash: { summary: "for bash 3.2 and later", run: printer(bashCompletion) },
    zsh: { summary: "for zsh", run: printer(zshCompletion) },
    fish: { summary: "for fish", run: printer(fishCompletion) },
  },
};

function printer(scriptOf: (commands: readonly Command[]) => string) {
  return async (input: Parameters<typeof noPositional>[0]): Promise<number> => {
    noPositional(input);
    const script = scriptOf(input.commands);
    input.out.result({ script }, script);
    return EXIT.clean;
  };
}
