import { usePaginatedQuery } from "convex/react";
import { api } from "../api.ts";
import { Badge } from "../ui/Badge.tsx";
import { ConfirmDialog } from "../ui/ConfirmDialog.tsx";
import { Loading, Notice } from "../ui/Notice.tsx";
import { Table } from "../ui/Table.tsx";
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
    <Table
      columns={["Function", "When", ""]}
      more={
        status === "CanLoadMore" && (
          <button type="button" onClick={() => loadMore(PAGE)}>
            More
          </button>
        )
      }
    >
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
              <ConfirmDialog
                trigger="Cancel…"
                title="Cancel this function"
                description="It does not run. Of an action that runs, only what it would still schedule."
                confirm="Cancel it"
                isBusy={isBusy}
                onConfirm={(_, reason) =>
                  void run("jobs:cancel", { jobId: _id }, "Canceled.", { reason })
                }
              />
            )}
          </td>
        </tr>
      ))}
    </Table>
  );
}
