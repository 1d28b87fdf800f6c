/** What the sandbox needs from its host. All are injected; the sandbox has no globals but the web's. */

/** Wall clock, milliseconds since 1970. The sandbox's own time is this plus what it was moved ahead. */
export interface Clock {
  nowMs(): number;
}

/** Randomness for ids and secrets. A seeded one makes every run the same. */
export interface Random {
  /** Fills `bytes` and returns it. */
  fill(bytes: Uint8Array): Uint8Array;
}

/** Delays. */
export interface Timer {
  /** Runs `callback` once after `delayMs`. Returns a cancel. */
  after(delayMs: number, callback: () => void): () => void;
}

/** Requests to webhook endpoints, as the web's `fetch`. It must obey `init.signal` and `init.redirect`. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** Keeps the sandbox's state as rows of text. */
export interface Storage {
  /** Every row that was saved, in any order. */
  load(): Promise<Iterable<readonly [key: string, text: string]>>;
  /** Writes rows, or removes those that are `null`: all of them or, when it rejects, none. */
  save(rows: ReadonlyMap<string, string | null>): Promise<void>;
}

export interface SandboxPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly timer: Timer;
  readonly fetch: Fetch;
  readonly storage: Storage;
}
