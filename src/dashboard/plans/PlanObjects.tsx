import { useQuery } from "convex/react";
import type { FunctionArgs } from "convex/server";
import { api } from "../api.ts";
import { hrefOf } from "../route.ts";
import { ConfirmDialog } from "../ui/ConfirmDialog.tsx";
import { Loading, Notice } from "../ui/Notice.tsx";
import { Table } from "../ui/Table.tsx";
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
    <Table columns={["Object", "State", "Of", ""]}>
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
              <ConfirmDialog
                trigger="Refetch…"
                title="Read this subscription from Stripe"
                description="What is read is taken in as an observation, by the same rule as an event."
                confirm="Refetch"
                isBusy={isBusy}
                onConfirm={(_, reason) =>
                  void run(
                    "refetch:now",
                    { subscriptionId: id },
                    "Read from Stripe, and taken in.",
                    { reason },
                  )
                }
              />
            )}
          </td>
        </tr>
      ))}
    </Table>
  );
}
