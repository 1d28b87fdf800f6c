import { currentAdminKey } from "../session/adminKey.ts";

/** What came to the webhook endpoint since the gateway started: what is refused leaves nothing to count later. */
export type DeliveryCounters = Record<"verified" | "refused" | "duplicate" | "failed", number>;

/** A sample of the metric, as `tollgate_deliveries_total{outcome="refused",code="…"} 3`. */
const SAMPLE = /^tollgate_deliveries_total\{(?:[^}]*,)?outcome="([a-z_]+)"[^}]*\}\s+([\d.e+]+)/;

/** @returns null where the gateway does not count */
export async function readDeliveryCounters(): Promise<DeliveryCounters | null> {
  const response = await fetch("/metrics", {
    headers: { authorization: `Convex ${currentAdminKey()}` },
  });
  if (!response.ok) {
    return null;
  }
  const counters: DeliveryCounters = { verified: 0, refused: 0, duplicate: 0, failed: 0 };
  for (const line of (await response.text()).split("\n")) {
    const [, outcome = "", count = "0"] = SAMPLE.exec(line) ?? [];
    if (outcome in counters) {
      counters[outcome as keyof DeliveryCounters] += Number(count);
    }
  }
  return counters;
}
