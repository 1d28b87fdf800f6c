import { periodEnd, SUBSCRIPTIONS, subscriptionId } from "./deliveries.ts";

/** Whether each subscription stands where its newest acknowledged event put it. @returns what is wrong */
export function faultOfPeriods(
  rows: readonly { id: string; periodEnd: number }[],
  acknowledged: ReadonlySet<number>,
): string | null {
  const stored = new Map(rows.map((row) => [row.id, row.periodEnd]));
  for (const [place, newest] of newestByPlace(acknowledged)) {
    const found = stored.get(subscriptionId(place));
    if (found !== periodEnd(newest)) {
      return `${subscriptionId(place)} ends ${found}, its newest acknowledged event says ${periodEnd(newest)}`;
    }
  }
  return null;
}

function newestByPlace(acknowledged: ReadonlySet<number>): Map<number, number> {
  const newest = new Map<number, number>();
  for (const number of acknowledged) {
    const place = number % SUBSCRIPTIONS;
    newest.set(place, Math.max(number, newest.get(place) ?? -1));
  }
  return newest;
}
