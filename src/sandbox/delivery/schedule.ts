/**
 * Seconds after a failed attempt until the next one, in sandbox time: moving the clock brings retries
 * forward. Stripe tries three times more in a sandbox, "over a few hours", and publishes no intervals.
 */
export const RETRY_SECONDS: readonly number[] = [10, 10 * 60, 2 * 3_600];
