import { internalMutation } from "../../src/internal/_generated/server.ts";
import type { GatewayInProcess } from "./GatewayInProcess.ts";

/** Rows that one mutation lays, within what Convex lets it write. */
const ROWS_AT_ONCE = 4_000;

const OBJECTS = 100_000;

/** Hosted beside the gateway's functions as `bench:lay`. */
export const layers = new Map([
  [
    "bench.js",
    {
      lay: internalMutation({
        handler: async ({ db }, { first, count }: { first: number; count: number }) => {
          for (let number = first; number < first + count; number++) {
            await db.insert("events", rowOf(number));
          }
        },
      }),
    },
  ],
]);

/**
 * Lays rows of the ledger as they are once their bodies are no longer kept, all fields and indexes of them,
 * without an event behind them: a tenth of what an event costs. Nothing can be audited after that.
 */
export async function layLedger(
  gateway: GatewayInProcess,
  rows: number,
  onProgress: (done: number, total: number) => void,
): Promise<void> {
  for (let first = 0; first < rows; first += ROWS_AT_ONCE) {
    const count = Math.min(ROWS_AT_ONCE, rows - first);
    await gateway.call("bench:lay", { first, count });
    onProgress(first + count, rows);
  }
}

function rowOf(number: number) {
  const digits = (length: number) => number.toString(16).padStart(length, "0");
  return {
    mode: "test" as const,
    account: "",
    stripeEventId: `evt_laid${((number * 2_654_435_761) % 2 ** 32).toString(36)}${number}`,
    type: "customer.subscription.updated",
    createdSeconds: 1_700_000_000 + number,
    apiVersion: "2026-10-28.endive",
    objectType: "subscription",
    objectId: `sub_laid${number % OBJECTS}`,
    status: "applied" as const,
    statusReason: null,
    planId: null,
    attempts: 1,
    nextAttemptAtMs: null,
    appliedAtMs: 1_700_000_000_000,
    standingDigest: digits(64),
    receivedAtMs: 1_700_000_000_000,
    isThin: false,
    provenance: "webhook" as const,
    signatureTimestampSeconds: 1_700_000_000,
    signature: digits(64),
    secretFingerprint: digits(16),
    bodySha256: digits(64),
    shard: "laid",
    position: number + 1,
    link: digits(64),
  };
}
