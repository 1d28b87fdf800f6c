import { useQuery } from "convex/react";
import type { FunctionArgs } from "convex/server";
import { api } from "../api.ts";
import { hrefOf } from "../route.ts";
import { Loading, Notice } from "../ui/Notice.tsx";
import { useOperation } from "../ui/useOperation.ts";

type PlanId = FunctionArgs<typeof api.dashboard.planObjects>["planId"];

/** What of Stripe's decides the plan, as events tell of it. A subscription can be read anew. */
export function PlanObjects({ planId }: { planId: PlanId }) {
  const objects = useQuery(api.dashboard.planObjects, { planId });
  const { run, isBusy } = useOperation();
  if (objects === undefined) {
    return <Loading what="Stripe's objects" />;
  }
  if (objects.length === 0) {
    return (
      <Notice title="Nothing of Stripe's">
        <p>No event names a subscription or a payment for this plan.</p>
      </Notice>
    );
  }
  return (
    <div className="table-box">
      <table>
        <thead>
          <tr>
            <th scope="col">Object</th>
            <th scope="col">State</th>
            <th scope="col">Of</th>
            <th scope="col">
              <span className="hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {objects.map(({ kind, id, state, detail, customerId }) => (
            <tr key={id}>
              <td>
                {kind}
                <br />
                <a href={hrefOf("events", null, { of: id })}>
                  <code>{id}</code>
                </a>
              </td>
              <td>{state}</td>
              <td>
                {detail}
                <br />
                <code className="quiet">{customerId}</code>
              </td>
              <td>
                {kind === "subscription" && (
                  <button
                    type="button"
                    disabled={isBusy}
                    onClick={() =>
                      void run(
                        "refetch:now",
                        { subscriptionId: id },
                        "Read from Stripe, and taken in.",
                      )
                    }
                  >
                    Refetch
                  </button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
