import { usePaginatedQuery } from "convex/react";
import type { FunctionReturnType } from "convex/server";
import { useCallback, useEffect, useMemo, useRef } from "react";
import { api } from "../api.ts";
import { hrefOf, type Route } from "../route.ts";
import { Badge } from "../ui/Badge.tsx";
import { Loading, Notice } from "../ui/Notice.tsx";
import { Time } from "../ui/Time.tsx";
import { useIsNarrow } from "../ui/useIsNarrow.ts";
import { VirtualList } from "../ui/VirtualList.tsx";
import { EventFilters } from "./EventFilters.tsx";
import { filterOf } from "./filterOf.ts";

const PAGE = 50;

/** Pages without a match that are asked for by themselves; then somebody says to go on. */
const MAX_EMPTY_PAGES = 20;

type ListedEvent = FunctionReturnType<typeof api.dashboard.events>["page"][number];

/** The events that match, as far as somebody scrolled. */
export function EventList({ route }: { route: Route }) {
  const isNarrow = useIsNarrow();
  const { params } = route;
  const key = JSON.stringify(params);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says all that the parameters do
  const filter = useMemo(() => filterOf(params), [key]);
  const { results, status, loadMore } = usePaginatedQuery(
    api.dashboard.events,
    { filter },
    { initialNumItems: PAGE },
  );
  const onEnd = useCallback(() => {
    if (status === "CanLoadMore") {
      loadMore(PAGE);
    }
  }, [status, loadMore]);
  useFirstMatch(results.length === 0, status, onEnd, key);
  return (
    <>
      <EventFilters route={route} />
      <p className="quiet" role="status">
        {status === "LoadingFirstPage"
          ? "Looking…"
          : `${results.length.toLocaleString("en")}${status === "Exhausted" ? "" : "+"} shown`}
      </p>
      {status === "LoadingFirstPage" && <Loading what="events" />}
      {results.length === 0 && status === "Exhausted" && (
        <NoEvent of={params["of"]} isFiltered={key !== "{}"} />
      )}
      {results.length === 0 && status === "CanLoadMore" && (
        <Notice title="None so far">
          <button type="button" onClick={onEnd}>
            Look further back
          </button>
        </Notice>
      )}
      {results.length > 0 && (
        <VirtualList
          label="Events"
          items={results}
          keyOf={keyOf}
          hrefOf={({ stripeEventId }) => hrefOf("events", stripeEventId, params)}
          rowHeight={isNarrow ? 64 : 40}
          openKey={results.find(({ stripeEventId }) => stripeEventId === route.id)?._id ?? null}
          onEnd={onEnd}
          hasMore={status !== "Exhausted"}
        >
          {(event) => <EventRow event={event} />}
        </VirtualList>
      )}
    </>
  );
}

function keyOf({ _id }: ListedEvent): string {
  return _id;
}

function EventRow({ event }: { event: ListedEvent }) {
  const { status, type, stripeEventId, objectId, receivedAtMs } = event;
  return (
    <>
      <Badge of={status} />
      <span className="clip strong">{type}</span>
      <code className="clip">{stripeEventId}</code>
      <code className="clip quiet">{objectId}</code>
      <span className="quiet end">
        <Time ms={receivedAtMs} />
      </span>
    </>
  );
}

function NoEvent({ of, isFiltered }: { of: string | undefined; isFiltered: boolean }) {
  return isFiltered ? (
    <Notice title="No event matches">
      <p>
        {of === undefined
          ? "Remove a filter to see more."
          : "No verified event in the ledger has to do with this. If Stripe made one, it was not delivered:"}
      </p>
      {of !== undefined && <a href={hrefOf("health")}>reconcile with Stripe</a>}
    </Notice>
  ) : (
    <Notice title="No event yet">
      <p>Deliveries to /stripe/webhook appear here as they come.</p>
    </Notice>
  );
}

/** A rare match may lie far back: pages of which nothing matches are passed over, a bounded number of them. */
function useFirstMatch(isEmpty: boolean, status: string, onEnd: () => void, key: string): void {
  const passed = useRef({ key, pages: 0 });
  useEffect(() => {
    if (passed.current.key !== key) {
      passed.current = { key, pages: 0 };
    }
    if (isEmpty && status === "CanLoadMore" && passed.current.pages < MAX_EMPTY_PAGES) {
      passed.current.pages += 1;
      onEnd();
    }
  }, [isEmpty, status, onEnd, key]);
}
