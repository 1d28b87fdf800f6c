import { usePaginatedQuery } from "convex/react";
import { api } from "../api.ts";
import { Badge } from "../ui/Badge.tsx";
import { Loading, Notice } from "../ui/Notice.tsx";
import { Time } from "../ui/Time.tsx";
import { useOperation } from "../ui/useOperation.ts";

const PAGE = 50;

/** Functions that are to run, run, or ran by the scheduler. */
export function ScheduledFunctions() {
  const { results, status, loadMore } = usePaginatedQuery(
    api.jobs.list,
    {},
    { initialNumItems: PAGE },
  );
  const { run, isBusy } = useOperation();
  if (status === "LoadingFirstPage") {
    return <Loading what="scheduled functions" />;
  }
  if (results.length === 0) {
    return (
      <Notice title="Nothing is scheduled">
        <p>Open a mutation or action to schedule one.</p>
      </Notice>
    );
  }
  return (
    <div className="table-box">
      <table>
        <thead>
          <tr>
            <th scope="col">Function</th>
            <th scope="col">When</th>
            <th scope="col">
              <span className="hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {results.map(({ _id, name, state, scheduledTime }) => (
            <tr key={_id}>
              <td>
                <Badge of={state.kind} /> <code>{name}</code>
                {state.kind === "failed" && <p className="refusal">{state.error}</p>}
              </td>
              <td>
                <Time ms={scheduledTime} />
              </td>
              <td>
                {(state.kind === "pending" || state.kind === "inProgress") && (
                  <button
                    type="button"
                    disabled={isBusy}
                    onClick={() => void run("jobs:cancel", { jobId: _id }, "Canceled.")}
                  >
                    Cancel
                  </button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {status === "CanLoadMore" && (
        <button type="button" onClick={() => loadMore(PAGE)}>
          More
        </button>
      )}
    </div>
  );
}
