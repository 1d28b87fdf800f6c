/** What the engine needs from its host besides storage. All are injected; the engine has no globals. */

/** Wall clock, milliseconds since 1970, possibly stepping backwards. */
export interface Clock {
  nowMs(): number;
}

/** Cryptographically strong randomness. */
export interface Random {
  /** Fills `bytes` and returns it. */
  fill(bytes: Uint8Array): Uint8Array;
}

/** Turns of the event loop and delays. */
export interface Timer {
  /** Runs `callback` in a later turn, after all microtasks that are due now. Returns a cancel. */
  nextTurn(callback: () => void): () => void;
  /** Runs `callback` once after `delayMs`. Does not keep the process alive. Returns a cancel. */
  after(delayMs: number, callback: () => void): () => void;
}

/** Carries the running function's context through its awaits (`AsyncLocalStorage` in Node and workerd). */
export interface AsyncContext<T> {
  run<R>(value: T, callback: () => R): R;
  getStore(): T | undefined;
}

/** Structured log. Callers never pass payloads or secrets. */
export interface Log {
  info(message: string, fields?: Record<string, string | number | boolean>): void;
  error(message: string, fields?: Record<string, string | number | boolean>): void;
}

/** Requests to other servers, as the web's `fetch`. It must obey `init.signal`. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** Time that only goes forward. Differences mean something, values do not. */
export interface Stopwatch {
  elapsedMs(): number;
  /** How long this thread has been computing, without its waits for the processor, the disk or others. */
  busyMs(): number;
}

/** The environment variables that functions see as `process.env`. */
export interface Environment {
  get(name: string): string | undefined;
  /** Whether only the host may decide this variable. */
  isReserved(name: string): boolean;
  /** Never called for a reserved name. `null` removes. */
  set(name: string, value: string | null): void;
}

/** Follows calls of queries and mutations, for traces. */
export interface Tracing {
  /**
   * Does `run`: one call, from when it is asked for until what it wrote or read is durable. `run` tells when
   * the function begins, after those that waited before it, and when its code has ended.
   *
   * @param name "plans:get"
   * @returns what `run` returns. @throws what it throws
   */
  follow<T>(name: string, run: (steps: FollowedSteps) => Promise<T>): Promise<T>;
}

export interface FollowedSteps {
  begun(): void;
  ended(): void;
}

/** Snapshots of everything that is stored, for admins. The newest one is kept, until it was read. */
export interface SnapshotExports {
  /** When the newest was taken, in nanoseconds since 1970; null: none since the start. */
  readonly latest: bigint | null;
  /** Takes one: everything that is committed by its end. @throws RequestError ExportInProgress; StoreError */
  take(): Promise<void>;
  /** The newest as a ZIP archive in the format of `npx convex export`, once; null for another one. */
  read(takenAt: bigint): ReadableStream<Uint8Array> | null;
}
