/** How something that failed is tried again. */
export interface Backoff {
  firstDelayMs: number;
  /** Each delay is this many times the one before. */
  factor: number;
  maxDelayMs: number;
  /** All attempts together, the first included. */
  maxAttempts: number;
}

/** The share of a delay that is left to chance, so that what failed together is not tried together. */
const JITTER = 0.5;

/** How long to wait after this many failures, in whole milliseconds; null when no attempt is left. */
export function retryDelayMs(backoff: Backoff, failures: number): number | null {
  const { firstDelayMs, factor, maxDelayMs, maxAttempts } = backoff;
  if (failures >= maxAttempts) {
    return null;
  }
  const longestMs = Math.min(firstDelayMs * factor ** (failures - 1), maxDelayMs);
  return Math.round(longestMs * (1 - JITTER * Math.random()));
}
