import { useQueries } from "convex/react";
import { type FunctionReturnType, getFunctionName } from "convex/server";
import { useMemo } from "react";
import { api } from "../api.ts";
import { durationText } from "../ui/Time.tsx";
import { TimeChart } from "../ui/TimeChart.tsx";
import { useNowMs } from "../ui/useNowMs.ts";

const MINUTE_MS = 60_000;
const MINUTES = 60;

type Minute = FunctionReturnType<typeof api.dashboard.minute>;

/** The events of the last hour, minute by minute. Each minute is a query of its own: those that are over rest. */
export function LastHour() {
  const nowMs = useNowMs(5_000);
  const currentMs = Math.floor(nowMs / MINUTE_MS) * MINUTE_MS;
  const minutes = useMinutes(currentMs);
  const times = minutes.map(({ startMs }) => startMs / 1_000);
  const total = Math.round(minutes.reduce((sum, minute) => sum + eventsOf(minute), 0));
  const lags = minutes.map(({ lagSeconds }) => lagSeconds);
  const maxLag = Math.max(0, ...lags.map((lag) => lag?.max ?? 0));
  return (
    <div className="columns two">
      <TimeChart
        title="Events a minute"
        summary={`${total} in the last hour.`}
        kind="bars"
        times={times}
        series={[
          { name: "failed", color: "--bad", values: minutes.map(share(["failed", "dead"])) },
          {
            name: "waiting",
            color: "--warn",
            values: minutes.map(share(["received", "unlinked", "quarantined"])),
          },
          { name: "recorded", color: "--plain", values: minutes.map(share(["recorded"])) },
          { name: "applied", color: "--good", values: minutes.map(share(["applied"])) },
        ]}
      />
      <TimeChart
        title="From Stripe to the ledger"
        summary={`At most ${durationText(maxLag * 1_000)} in the last hour.`}
        kind="lines"
        unit=" s"
        times={times}
        series={[
          { name: "slowest", color: "--warn", values: lags.map((lag) => lag?.max ?? null) },
          { name: "median", color: "--accent", values: lags.map((lag) => lag?.median ?? null) },
        ]}
      />
    </div>
  );
}

function useMinutes(currentMs: number): Minute[] {
  const queries = useMemo(
    () =>
      Object.fromEntries(
        Array.from({ length: MINUTES }, (_, ago) => currentMs - ago * MINUTE_MS).map((startMs) => [
          String(startMs),
          { query: api.dashboard.minute, args: { startMs } },
        ]),
      ),
    [currentMs],
  );
  const results = useQueries(queries) as Record<string, Minute | Error | undefined>;
  return Object.keys(queries)
    .map(Number)
    .sort((a, b) => a - b)
    .map((startMs) => {
      const found = results[String(startMs)];
      if (found instanceof Error) {
        throw new Error(`${getFunctionName(api.dashboard.minute)} failed: ${found.message}`);
      }
      return found ?? { startMs, events: 0, coveredMs: MINUTE_MS, statuses: {}, lagSeconds: null };
    });
}

/** Of a minute that brought more than is looked at, the estimate. */
function eventsOf({ events, coveredMs }: Minute): number {
  return (events * MINUTE_MS) / coveredMs;
}

function share(statuses: (keyof Minute["statuses"])[]): (minute: Minute) => number {
  return ({ statuses: found, coveredMs }) =>
    (statuses.reduce((sum, status) => sum + (found[status] ?? 0), 0) * MINUTE_MS) / coveredMs;
}
