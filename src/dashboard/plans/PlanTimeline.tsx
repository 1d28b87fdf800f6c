import { usePaginatedQuery, useQuery } from "convex/react";
import type { FunctionArgs, FunctionReturnType } from "convex/server";
import { api } from "../api.ts";
import { hrefOf } from "../route.ts";
import { Badge } from "../ui/Badge.tsx";
import { Loading, Notice } from "../ui/Notice.tsx";
import { exactTime } from "../ui/Time.tsx";

const PAGE = 25;

type PlanId = FunctionArgs<typeof api.plans.changes>["planId"];
type Change = FunctionReturnType<typeof api.plans.changes>[number];
type ListedEvent = FunctionReturnType<typeof api.dashboard.events>["page"][number];

/** The plan's events and changes, newest first. */
export function PlanTimeline({ planId }: { planId: PlanId }) {
  const changes = useQuery(api.plans.changes, { planId });
  const { results, status, loadMore } = usePaginatedQuery(
    api.dashboard.events,
    { filter: { of: planId } },
    { initialNumItems: PAGE },
  );
  if (changes === undefined || status === "LoadingFirstPage") {
    return <Loading what="the timeline" />;
  }
  const oldestMs = status === "Exhausted" ? 0 : (results.at(-1)?.receivedAtMs ?? 0);
  const steps = [
    ...results.map((event) => ({ key: event._id, atMs: event.receivedAtMs, event })),
    ...changes.map((change) => ({ key: change._id, atMs: change.changedAtMs, change })),
  ]
    .filter(({ atMs }) => atMs >= oldestMs)
    // A change is told above the event that it came with.
    .sort((a, b) => b.atMs - a.atMs || Number("event" in a) - Number("event" in b));
  if (steps.length === 0) {
    return (
      <Notice title="No event">
        <p>No verified event in the ledger belongs to this plan, and it has never changed.</p>
      </Notice>
    );
  }
  return (
    <>
      <ol className="timeline">
        {steps.map((step) => (
          <li key={step.key}>
            <time dateTime={new Date(step.atMs).toISOString()} className="quiet">
              {exactTime(step.atMs)}
            </time>
            {"change" in step ? (
              <ChangeStep change={step.change} />
            ) : (
              <EventStep event={step.event} />
            )}
          </li>
        ))}
      </ol>
      {status !== "Exhausted" && (
        <button type="button" onClick={() => loadMore(PAGE)} disabled={status !== "CanLoadMore"}>
          Older
        </button>
      )}
    </>
  );
}

function ChangeStep({
  change: { from, to, fromSeats, toSeats, reason, cause },
}: {
  change: Change;
}) {
  return (
    <p>
      <Badge of={from} />
      {fromSeats === null ? "" : ` × ${fromSeats}`} → <Badge of={to} />
      {toSeats === null ? "" : ` × ${toSeats}`} {cause === "time" && "as time passed: "}
      {reason}
    </p>
  );
}

function EventStep({ event: { stripeEventId, type, status } }: { event: ListedEvent }) {
  return (
    <p>
      <Badge of={status} /> <a href={hrefOf("events", stripeEventId)}>{type}</a>
    </p>
  );
}
