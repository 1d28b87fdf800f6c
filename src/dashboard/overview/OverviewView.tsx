import { useQuery } from "convex/react";
import { api } from "../api.ts";
import { hrefOf } from "../route.ts";
import { durationText } from "../ui/Time.tsx";
import { useNowMs } from "../ui/useNowMs.ts";
import { DeliveryCounters } from "./DeliveryCounters.tsx";
import { LastHour } from "./LastHour.tsx";
import { LatestChanges } from "./LatestChanges.tsx";
import { PlansByType } from "./PlansByType.tsx";

/** Everything at a glance: what comes in, what waits, what the plans are. */
export function OverviewView() {
  return (
    <>
      <h1>Overview</h1>
      <Standing />
      <LastHour />
      <div className="columns">
        <PlansByType />
        <LatestChanges />
        <DeliveryCounters />
      </div>
    </>
  );
}

function Standing() {
  const waiting = useQuery(api.dashboard.waiting);
  const ledgerSize = useQuery(api.dashboard.ledgerSize);
  const reconcile = useQuery(api.reconcile.status);
  const nowMs = useNowMs(1_000);
  const of = (status: string) => waiting?.find((each) => each.status === status);
  const unapplied = waiting?.filter(({ status }) =>
    ["received", "failed", "dead"].includes(status),
  );
  const oldestMs = Math.min(
    ...(unapplied ?? []).map(({ oldestReceivedAtMs }) => oldestReceivedAtMs ?? Infinity),
  );
  return (
    <ul className="tiles" aria-label="Where things stand">
      <Tile
        name="Events in the ledger"
        value={ledgerSize?.toLocaleString("en")}
        href={hrefOf("events")}
      />
      {(["failed", "dead", "unlinked", "quarantined"] as const).map((status) => {
        const found = of(status);
        return (
          <Tile
            key={status}
            name={
              status === "dead" ? "Dead letters" : `${status[0]?.toUpperCase()}${status.slice(1)}`
            }
            value={found && `${found.count}${found.isExact ? "" : "+"}`}
            href={hrefOf("events", null, { status })}
            isBad={(status === "dead" || status === "failed") && (found?.count ?? 0) > 0}
          />
        );
      })}
      <Tile
        name="Oldest unapplied"
        value={
          waiting &&
          (Number.isFinite(oldestMs) ? durationText(Math.max(0, nowMs - oldestMs)) : "none")
        }
        href={hrefOf("health")}
        isBad={Number.isFinite(oldestMs)}
      />
      <Tile
        name="Behind Stripe"
        value={
          reconcile &&
          (reconcile.lagSeconds === 0 ? "not" : durationText(reconcile.lagSeconds * 1_000))
        }
        href={hrefOf("health")}
        isBad={(reconcile?.lagSeconds ?? 0) > 0}
      />
    </ul>
  );
}

function Tile({
  name,
  value,
  href,
  isBad = false,
}: {
  name: string;
  value: string | undefined;
  href: string;
  isBad?: boolean;
}) {
  return (
    <li>
      <a href={href} className={`tile ${isBad ? "bad" : ""}`}>
        <span className="quiet">{name}</span>
        <strong>{value ?? "…"}</strong>
      </a>
    </li>
  );
}
