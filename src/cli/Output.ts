import { styleText } from "node:util";

/** Where a command writes: the process, or whoever runs the command line in another one. */
export interface OutputStreams {
  stdout: NodeJS.WritableStream;
  stderr: NodeJS.WritableStream & { isTTY?: boolean };
}

type Style = Parameters<typeof styleText>[0];

/**
 * What a command says. Each result is given as a value and as a text: with `--json` the value is written,
 * else the text, in colour where the stream is a terminal (Node reads `NO_COLOR` and `FORCE_COLOR`).
 */
export class Output {
  readonly isJson: boolean;
  readonly stderr: OutputStreams["stderr"];
  readonly #stdout: OutputStreams["stdout"];

  constructor({ stdout, stderr }: OutputStreams, isJson: boolean) {
    this.#stdout = stdout;
    this.stderr = stderr;
    this.isJson = isJson;
  }

  /** The one result of a command. */
  result(value: unknown, text: string): void {
    this.#stdout.write(this.isJson ? `${JSON.stringify(value, null, 2)}\n` : text);
  }

  /** One of the results of a command that goes on: a line of text, or of JSON. */
  line(value: unknown, text: string): void {
    this.#stdout.write(`${this.isJson ? JSON.stringify(value) : text}\n`);
  }

  /** Something beside the results. */
  note(text: string): void {
    this.stderr.write(`${text}\n`);
  }

  /** Why there is no result. With `--json` an object with a stable code. */
  failure(code: string | null, text: string): void {
    this.stderr.write(
      this.isJson
        ? `${JSON.stringify({ error: { code, message: text } })}\n`
        : `${styleText("red", text, { stream: this.stderr })}\n`,
    );
  }

  /** A text of the result, in this style. */
  style(style: Style, text: string): string {
    return this.isJson ? text : styleText(style, text, { stream: this.#stdout });
  }

  /** A state (of an event, a job, a plan, a run) padded to a width, in the colour of how good that is. */
  state(state: string, width = 0): string {
    return this.style(STATE_STYLES[state] ?? "reset", state.padEnd(width));
  }
}

const STATE_STYLES: Readonly<Record<string, Style>> = {
  applied: "green",
  done: "green",
  succeeded: "green",
  professional: "green",
  enterprise: "green",
  received: "yellow",
  unlinked: "yellow",
  quarantined: "yellow",
  running: "yellow",
  started: "yellow",
  failed: "red",
  dead: "red",
};
