import type { HttpLimits } from "./httpLimits.ts";

/** What a POST request is answered with that nobody could take in. */
const REFUSED = 400;

/**
 * Holds refusals back for a moment while others are being taken in, so that whoever is refused over and over
 * (a flood of forged deliveries) takes little from those who are not. When nobody else asks, nothing is held.
 */
export class HeldRefusals {
  readonly #limits: Pick<HttpLimits, "refusalHoldMs" | "maxHeldRefusals">;
  #held = 0;
  #takenInAtMs = Number.NEGATIVE_INFINITY;

  constructor(limits: Pick<HttpLimits, "refusalHoldMs" | "maxHeldRefusals">) {
    this.#limits = limits;
  }

  /** Resolves when a POST request may be answered with this status; beyond the bound of those held, at once. */
  async pass(status: number): Promise<void> {
    const { refusalHoldMs, maxHeldRefusals } = this.#limits;
    if (status < 300) {
      this.#takenInAtMs = performance.now();
    }
    const isQuiet = performance.now() - this.#takenInAtMs > refusalHoldMs;
    if (status !== REFUSED || isQuiet || this.#held >= maxHeldRefusals) {
      return;
    }
    this.#held += 1;
    await new Promise((resolve) => setTimeout(resolve, refusalHoldMs).unref());
    this.#held -= 1;
  }
}
