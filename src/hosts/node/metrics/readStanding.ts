import { type Engine, INSIDER } from "../../../engine/Engine.ts";

/** Where the ledger stands. */
export interface GatewayStanding {
  ledgerEvents: number;
  waiting: readonly { status: string; count: number }[];
  oldestUnappliedSeconds: number;
  /** Null before the first delivery. */
  eventLagSeconds: number | null;
  stripeLagSeconds: number;
  sureUntilSeconds: number | null;
}

interface Waiting {
  status: string;
  count: number;
  oldestReceivedAtMs: number | null;
}

const UNAPPLIED = ["received", "failed", "dead"];

/** Asks the queries that the dashboard asks, too; each reads a bounded number of documents. @throws StoreError */
export async function readStanding(engine: Engine): Promise<GatewayStanding> {
  const ask = async (path: string): Promise<unknown> =>
    JSON.parse((await engine.call(path, "Query", {}, INSIDER)).valueText);
  const [waiting, ledgerEvents, seen, reconcile] = (await Promise.all(
    ["dashboard:waiting", "dashboard:ledgerSize", "dashboard:seen", "reconcile:status"].map(ask),
  )) as [
    Waiting[],
    number,
    { medianDelayMs: number | null },
    { lagSeconds: number; lastSureEventAtSeconds: number | null },
  ];
  const oldestMs = Math.min(
    ...waiting
      .filter(({ status }) => UNAPPLIED.includes(status))
      .map(({ oldestReceivedAtMs }) => oldestReceivedAtMs ?? Number.POSITIVE_INFINITY),
  );
  return {
    ledgerEvents,
    waiting,
    oldestUnappliedSeconds: Number.isFinite(oldestMs)
      ? Math.max(0, (Date.now() - oldestMs) / 1_000)
      : 0,
    eventLagSeconds: seen.medianDelayMs === null ? null : seen.medianDelayMs / 1_000,
    stripeLagSeconds: reconcile.lagSeconds,
    sureUntilSeconds: reconcile.lastSureEventAtSeconds,
  };
}
