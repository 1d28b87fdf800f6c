import { useQuery } from "convex/react";
import { api } from "../api.ts";
import { hrefOf } from "../route.ts";
import { Badge } from "../ui/Badge.tsx";
import { Loading } from "../ui/Notice.tsx";
import { Time } from "../ui/Time.tsx";

export function LatestChanges() {
  const changes = useQuery(api.dashboard.latestChanges);
  return (
    <section className="card" aria-labelledby="latest-changes">
      <h2 id="latest-changes">Last changes</h2>
      {changes === undefined && <Loading what="changes" />}
      {changes?.length === 0 && <p className="quiet">No plan has changed yet.</p>}
      <ol className="plain-list">
        {changes?.map(({ _id, planId, ownerId, from, to, changedAtMs }) => (
          <li key={_id} className="row between">
            <a href={hrefOf("plans", planId)} className="clip">
              {ownerId ?? planId}
            </a>
            <span className="row nowrap">
              <Badge of={from} /> → <Badge of={to} />
              <span className="quiet">
                <Time ms={changedAtMs} />
              </span>
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}
