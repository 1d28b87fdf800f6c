import { Counter, Gauge, type Registry } from "prom-client";
import { diskSpace } from "../diskSpace.ts";
import type { GatewayMetricsOptions } from "./GatewayMetrics.ts";
import { PlanTally } from "./PlanTally.ts";
import { type GatewayStanding, readStanding } from "./readStanding.ts";

/**
 * The gauges of what is kept and connected.
 *
 * @returns reads them all, to be called before they are told; never rejects
 */
export function registerStanding(
  registers: Registry[],
  { engine, sessions, dataDirectory }: GatewayMetricsOptions,
): () => Promise<void> {
  const setLedger = ledgerGauges(registers);
  const setPlans = planGauges(registers);
  const setHost = hostGauges(registers);
  const plans = new PlanTally(engine);
  const up = new Gauge({
    name: "tollgate_store_up",
    help: "Whether the database answers; what it keeps is told as of the last time that it did",
    registers,
  });
  return async () => {
    plans.refresh();
    setPlans(plans);
    setHost({ engine, sessions, dataDirectory });
    try {
      setLedger(await readStanding(engine));
      up.set(1);
    } catch {
      up.set(0);
    }
  };
}

function ledgerGauges(registers: Registry[]): (standing: GatewayStanding) => void {
  const events = new Gauge({
    name: "tollgate_ledger_events",
    help: "Events in the ledger",
    registers,
  });
  const waiting = new Gauge({
    name: "tollgate_events_waiting",
    help: "Events without effect, of each status 500 at most",
    labelNames: ["status"],
    registers,
  });
  const oldest = new Gauge({
    name: "tollgate_oldest_unapplied_seconds",
    help: "Age of the oldest event that is received, failed or dead; 0: none",
    registers,
  });
  const eventLag = new Gauge({
    name: "tollgate_event_lag_seconds",
    help: "From signature to ledger, the middle one of the newest deliveries; clocks that differ show here",
    registers,
  });
  const stripeLag = new Gauge({
    name: "tollgate_stripe_lag_seconds",
    help: "Age of the oldest event that Stripe lists and the ledger lacks; 0: none is known",
    registers,
  });
  const sure = new Gauge({
    name: "tollgate_sure_until_timestamp_seconds",
    help: "Every event that Stripe made until then is in the ledger; absent before the first comparison",
    registers,
  });
  return (standing) => {
    events.set(standing.ledgerEvents);
    for (const { status, count } of standing.waiting) {
      waiting.set({ status }, count);
    }
    oldest.set(standing.oldestUnappliedSeconds);
    setOrRemove(eventLag, standing.eventLagSeconds);
    stripeLag.set(standing.stripeLagSeconds);
    setOrRemove(sure, standing.sureUntilSeconds);
  };
}

function planGauges(registers: Registry[]): (tally: PlanTally) => void {
  const plans = new Gauge({
    name: "tollgate_plans",
    help: "Plans by type, as of the last count",
    labelNames: ["type"],
    registers,
  });
  const alerts = new Gauge({
    name: "tollgate_plans_with_alerts",
    help: "Plans that somebody should look at, as of the last count",
    registers,
  });
  return ({ counted }) => {
    for (const [type, count] of Object.entries(counted?.byType ?? {})) {
      plans.set({ type }, count);
    }
    setOrRemove(alerts, counted?.withAlerts ?? null);
  };
}

function hostGauges(registers: Registry[]): (options: GatewayMetricsOptions) => void {
  const connected = new Gauge({
    name: "tollgate_sync_sessions",
    help: "Clients that are connected for live queries",
    registers,
  });
  const keyTries = new Counter({
    name: "tollgate_failed_key_tries_total",
    help: "Wrong admin keys",
    registers,
  });
  const free = new Gauge({
    name: "tollgate_disk_free_bytes",
    help: "What is free on the disk that holds the data directory",
    registers,
  });
  const size = new Gauge({
    name: "tollgate_disk_size_bytes",
    help: "The size of that disk",
    registers,
  });
  return ({ engine, sessions, dataDirectory }) => {
    const space = diskSpace(dataDirectory);
    connected.set(sessions.size);
    keyTries.reset();
    keyTries.inc(engine.failedKeyTries.total);
    setOrRemove(free, space?.freeBytes ?? null);
    setOrRemove(size, space?.sizeBytes ?? null);
  };
}

/** A value that is not known is not told. */
function setOrRemove(gauge: Gauge, value: number | null): void {
  if (value === null) {
    gauge.remove();
  } else {
    gauge.set(value);
  }
}
