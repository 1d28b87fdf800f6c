import type { Price } from "../entities.ts";

export interface Period {
  startSeconds: number;
  endSeconds: number;
}

const DAY_SECONDS = 24 * 3_600;

/**
 * The billing period that begins at `startSeconds`. Ends fall on the day of the month of the anchor, or on
 * the last day of a shorter month, in UTC.
 */
export function periodFrom(startSeconds: number, price: Price, anchorSeconds: number): Period {
  const { interval = "month", interval_count = 1 } = price.recurring ?? {};
  if (interval === "day" || interval === "week") {
    const days = interval_count * (interval === "week" ? 7 : 1);
    return { startSeconds, endSeconds: startSeconds + days * DAY_SECONDS };
  }
  const months = interval_count * (interval === "year" ? 12 : 1);
  return { startSeconds, endSeconds: addMonths(startSeconds, months, anchorSeconds) };
}

function addMonths(startSeconds: number, months: number, anchorSeconds: number): number {
  const start = new Date(startSeconds * 1_000);
  const anchorDay = new Date(anchorSeconds * 1_000).getUTCDate();
  const month = start.getUTCMonth() + months;
  const lastDay = new Date(Date.UTC(start.getUTCFullYear(), month + 1, 0)).getUTCDate();
  const end = new Date(startSeconds * 1_000);
  end.setUTCFullYear(start.getUTCFullYear(), month, Math.min(anchorDay, lastDay));
  return end.getTime() / 1_000;
}
