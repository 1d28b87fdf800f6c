import { createLocalJWKSet, type JWTVerifyGetKey } from "jose";
import { AUTH_KEYS_FRESH_MS, AUTH_KEYS_MIN_INTERVAL_MS, AUTH_KEYS_USABLE_MS } from "../limits.ts";
import type { Clock } from "../ports.ts";

interface Fetched {
  keys: JWTVerifyGetKey;
  atMs: number;
}

/**
 * The public keys of one provider: fetched when they are first needed, kept, and fetched again when they
 * are old or a token names a key that is not among them (the provider has rotated its keys).
 *
 * Guarantees: one fetch at a time, and at most one per {@link AUTH_KEYS_MIN_INTERVAL_MS}, so tokens with
 * made-up keys cannot make this host flood a provider. While the provider does not answer, keys are used
 * until they are {@link AUTH_KEYS_USABLE_MS} old.
 */
export class ProviderKeys {
  readonly #fetch: () => Promise<unknown>;
  readonly #clock: Clock;
  #fetched: Fetched | null = null;
  #fetching: Promise<void> | null = null;
  #askedAtMs: number | null = null;
  #failure: unknown;

  /** @param fetch gets the key set (a parsed JWKS); its rejections are handed to whoever verifies */
  constructor(fetch: () => Promise<unknown>, clock: Clock) {
    this.#fetch = fetch;
    this.#clock = clock;
  }

  /** Finds the key of a token, for `jwtVerify`. @throws what the fetch threw; jose's JWKSNoMatchingKey */
  readonly find: JWTVerifyGetKey = async (header, token) => {
    if (this.#ageMs() >= AUTH_KEYS_FRESH_MS) {
      await this.#refresh();
    }
    const usable = this.#usable();
    try {
      return await usable(header, token);
    } catch (error) {
      if ((error as { code?: unknown }).code !== "ERR_JWKS_NO_MATCHING_KEY") {
        throw error;
      }
      await this.#refresh();
      const refreshed = this.#usable();
      if (refreshed === usable) {
        throw error;
      }
      return await refreshed(header, token);
    }
  };

  #usable(): JWTVerifyGetKey {
    if (this.#fetched === null || this.#ageMs() >= AUTH_KEYS_USABLE_MS) {
      throw this.#failure;
    }
    return this.#fetched.keys;
  }

  /** Never rejects: what failed is thrown to those who are left without keys. */
  async #refresh(): Promise<void> {
    if (this.#fetching === null && this.#mayAsk()) {
      this.#askedAtMs = this.#clock.nowMs();
      this.#fetching = this.#replace().finally(() => {
        this.#fetching = null;
      });
    }
    await this.#fetching;
  }

  async #replace(): Promise<void> {
    try {
      const keys = createLocalJWKSet((await this.#fetch()) as never);
      this.#fetched = { keys, atMs: this.#clock.nowMs() };
    } catch (error) {
      this.#failure = error;
    }
  }

  #ageMs(): number {
    return this.#fetched === null ? Number.POSITIVE_INFINITY : this.#since(this.#fetched.atMs);
  }

  #mayAsk(): boolean {
    return this.#askedAtMs === null || this.#since(this.#askedAtMs) >= AUTH_KEYS_MIN_INTERVAL_MS;
  }

  /** A clock that was set back makes everything old. */
  #since(atMs: number): number {
    const sinceMs = this.#clock.nowMs() - atMs;
    return sinceMs >= 0 ? sinceMs : Number.POSITIVE_INFINITY;
  }
}
