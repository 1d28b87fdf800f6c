const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** "40 s", "3 min", "2 h", "5 days": to say how old something is. */
export function durationText(ms: number): string {
  if (ms < 2 * MINUTE_MS) {
    return `${Math.round(ms / 1_000)} s`;
  }
  if (ms < 2 * HOUR_MS) {
    return `${Math.round(ms / MINUTE_MS)} min`;
  }
  return ms < 2 * DAY_MS ? `${Math.round(ms / HOUR_MS)} h` : `${Math.round(ms / DAY_MS)} days`;
}
