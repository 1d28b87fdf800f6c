import { usePaginatedQuery } from "convex/react";
import { useEffect } from "react";
import { api } from "../api.ts";

const PLANS_PER_PAGE = 2_000;
const MAX_PAGES = 50;

const TYPES = ["enterprise", "professional", "free"] as const;

/** All plans, counted page by page: a plan that changes has only its own page counted again. */
export function PlansByType() {
  const { results, status, loadMore } = usePaginatedQuery(
    api.dashboard.planTally,
    {},
    { initialNumItems: PLANS_PER_PAGE },
  );
  useEffect(() => {
    if (status === "CanLoadMore" && results.length < MAX_PAGES) {
      loadMore(PLANS_PER_PAGE);
    }
  }, [status, results.length, loadMore]);
  const sum = (field: (typeof TYPES)[number] | "alerts") =>
    results.reduce((total, tally) => total + tally[field], 0);
  const total = TYPES.reduce((all, type) => all + sum(type), 0);
  const more = status === "CanLoadMore" || status === "LoadingMore" ? "+" : "";
  return (
    <section className="card" aria-labelledby="plans-by-type">
      <h2 id="plans-by-type">Plans by type</h2>
      <ul className="bars">
        {TYPES.map((type) => (
          <li key={type}>
            <span>{type}</span>
            <meter
              min={0}
              max={Math.max(1, total)}
              value={sum(type)}
              aria-label={`${type} plans`}
            />
            <strong>
              {sum(type).toLocaleString("en")}
              {more}
            </strong>
          </li>
        ))}
      </ul>
      <p className="quiet">
        {total === 0 && status === "Exhausted"
          ? "No plan has been opened yet."
          : `${sum("alerts").toLocaleString("en")}${more} with something to look at`}
      </p>
    </section>
  );
}
