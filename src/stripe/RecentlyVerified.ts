/** What was verified, and by what: the same again has the same answer, but for its age. */
interface Entry<Verified> {
  readonly body: string;
  /** Whatever else the answer depends on. */
  readonly by: readonly unknown[];
  readonly verified: Verified;
}

/** Deliveries that are remembered, and the longest body of one: about 8 MB of text at most. */
const MAX_REMEMBERED = 128;
const MAX_REMEMBERED_CHARACTERS = 32 * 1_024;

/**
 * Remembers the last deliveries that were verified in this process, word for word, so that a delivery that
 * is verified at several doors costs one HMAC. Whatever differs in a single character is not known here.
 */
export class RecentlyVerified<Verified> {
  /** By signature header, which is short and seldom the same twice, in the order in which they came. */
  readonly #entries = new Map<string, Entry<Verified>>();

  /** @returns what exactly this text under this header was verified as, or null */
  find(signatureHeader: string, body: string, by: readonly unknown[]): Verified | null {
    const entry = this.#entries.get(signatureHeader);
    return entry !== undefined &&
      entry.body === body &&
      entry.by.length === by.length &&
      entry.by.every((each, index) => each === by[index])
      ? entry.verified
      : null;
  }

  add(signatureHeader: string, entry: Entry<Verified>): void {
    if (entry.body.length > MAX_REMEMBERED_CHARACTERS) {
      return;
    }
    this.#entries.delete(signatureHeader);
    this.#entries.set(signatureHeader, entry);
    if (this.#entries.size > MAX_REMEMBERED) {
      const [oldest] = this.#entries.keys();
      this.#entries.delete(oldest as string);
    }
  }
}
