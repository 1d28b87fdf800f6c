import { inspect } from "node:util";

const HIDDEN = "[secret]";

/**
 * A secret that does not print: `console.log`, `util.inspect`, `JSON.stringify`, template literals and
 * string concatenation all show `[secret]`. Only {@link SecretText.reveal} gives the text, so every
 * place that uses a secret can be found by that name.
 */
export class SecretText {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return HIDDEN;
  }

  toJSON(): string {
    return HIDDEN;
  }

  [inspect.custom](): string {
    return HIDDEN;
  }
}
