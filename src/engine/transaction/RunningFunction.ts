/** The function that runs in a transaction, as far as whoever waits for it must know. */
export interface RunningFunction {
  /** Resolves when work on other threads that it waits for has ended; null when there is none. */
  hostWork(): Promise<void> | null;
  /** Why it must not go on, or null. */
  overrun(): string | null;
}
