import type { DatabaseReader } from "../_generated/server.ts";

/** The newest events that are looked at. */
const MAX_LOOKED_AT = 200;

/** One value of a field that the newest events had. */
export interface Seen {
  value: string;
  count: number;
  lastAtMs: number;
}

/** What the newest events tell of Stripe's side and of the way to it. */
export interface SeenLately {
  /** Of the secrets that deliveries were signed with. */
  fingerprints: Seen[];
  apiVersions: Seen[];
  types: Seen[];
  /**
   * From a signature's time until the event was in the ledger: the middle one. It holds the way and the
   * difference of the clocks; below zero this machine's clock is late.
   */
  medianDelayMs: number | null;
  events: number;
}

export async function seenLately(db: Pick<DatabaseReader, "query">): Promise<SeenLately> {
  const rows = await db.query("events").order("desc").take(MAX_LOOKED_AT);
  const delivered = rows.filter(({ provenance }) => provenance === "webhook");
  const delays = delivered
    .map(({ receivedAtMs, signatureTimestampSeconds }) =>
      // A signature's time is in whole seconds, cut off.
      Math.round(receivedAtMs - signatureTimestampSeconds * 1_000 - 500),
    )
    .sort((a, b) => a - b);
  const seen = (field: "secretFingerprint" | "apiVersion" | "type") =>
    tally(delivered.map((row) => ({ value: row[field] ?? "none", atMs: row.receivedAtMs })));
  return {
    fingerprints: seen("secretFingerprint"),
    apiVersions: seen("apiVersion"),
    types: seen("type"),
    medianDelayMs: delays[Math.floor(delays.length / 2)] ?? null,
    events: delivered.length,
  };
}

/** The most frequent first. */
function tally(values: readonly { value: string; atMs: number }[]): Seen[] {
  const seen = new Map<string, Seen>();
  for (const { value, atMs } of values) {
    const { count = 0, lastAtMs = 0 } = seen.get(value) ?? {};
    seen.set(value, { value, count: count + 1, lastAtMs: Math.max(lastAtMs, atMs) });
  }
  return [...seen.values()].sort((a, b) => b.count - a.count);
}
