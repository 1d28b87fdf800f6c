import type { Random } from "../ports.ts";

/** The id of one run, made only for who looks at it: most runs have no error and no reader. */
export class RunName {
  readonly #random: Random;
  #requestId: string | null = null;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Names the run in error messages and logs: 16 hexadecimal digits. */
  get requestId(): string {
    this.#requestId ??= Array.from(this.#random.fill(new Uint8Array(8)), (byte) =>
      byte.toString(16).padStart(2, "0"),
    ).join("");
    return this.#requestId;
  }
}
