import { useQuery } from "convex/react";
import { type CronJob, system } from "../api.ts";
import { Badge } from "../ui/Badge.tsx";
import { Loading, Notice } from "../ui/Notice.tsx";
import { Table } from "../ui/Table.tsx";
import { Time } from "../ui/Time.tsx";

const MAX_CRONS = 200;

/** Functions that run again and again, with their last and next run. */
export function Crons() {
  const found = useQuery(system.tableData, {
    table: "_cron_jobs",
    order: "asc",
    paginationOpts: { numItems: MAX_CRONS, cursor: null },
  });
  if (found === undefined) {
    return <Loading what="crons" />;
  }
  const crons = found.page as CronJob[];
  if (crons.length === 0) {
    return <Notice title="There are no crons" />;
  }
  return (
    <Table columns={["Cron", "Last run", "Next run"]}>
      {crons.map(({ _id, name, state, cronSpec, previousRunMs, nextRunMs }) => (
        <tr key={_id}>
          <td>
            <Badge of={state} /> {name}
            <br />
            <code className="quiet">
              {cronSpec.udfPath} {JSON.stringify(cronSpec.cronSchedule)}
            </code>
          </td>
          <td>
            <Time ms={previousRunMs} />
          </td>
          <td>
            <Time ms={nextRunMs} />
          </td>
        </tr>
      ))}
    </Table>
  );
}
