/**
 * The time of a decision. Whoever asks whether a time has come is answered, and the question is
 * remembered: as long as no time that was asked for comes, every answer stays the same, and with it
 * everything that follows from the answers.
 */
export class Moment {
  readonly #nowSeconds: number;
  #nextSeconds = Number.POSITIVE_INFINITY;

  /** @param nowSeconds Unix seconds */
  constructor(nowSeconds: number) {
    this.#nowSeconds = nowSeconds;
  }

  hasCome(seconds: number): boolean {
    if (seconds <= this.#nowSeconds) {
      return true;
    }
    this.#nextSeconds = Math.min(this.#nextSeconds, seconds);
    return false;
  }

  /** The first time at which an answer that was given changes; `null` if none ever does. */
  get changesAtSeconds(): number | null {
    return Number.isFinite(this.#nextSeconds) ? this.#nextSeconds : null;
  }
}
