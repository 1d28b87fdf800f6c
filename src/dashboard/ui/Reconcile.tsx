import { useQuery } from "convex/react";
import { api } from "../api.ts";
import { Badge } from "./Badge.tsx";
import { ConfirmDialog } from "./ConfirmDialog.tsx";
import { Time } from "./Time.tsx";
import { useOperation } from "./useOperation.ts";

/** Compares the ledger with what Stripe lists, takes in what is missing, and shows how far that is. */
export function Reconcile() {
  const status = useQuery(api.reconcile.status);
  const { run, isBusy } = useOperation();
  const newest = status?.run ?? null;
  const isRunning = newest?.state === "running";
  return (
    <div className="stack reconcile">
      <div className="row wrap">
        <ConfirmDialog
          trigger="Reconcile with Stripe…"
          title="Reconcile with Stripe"
          description="What Stripe lists and the ledger does not have is taken in, by the same rule as deliveries."
          confirm="Reconcile"
          isPrimary
          isBusy={isBusy || isRunning}
          onConfirm={(_, reason) =>
            void run("reconcile:run", {}, "The ledger is being compared with Stripe's list.", {
              reason,
            })
          }
        />
        {isRunning && <progress aria-label="Reconcile under way" />}
      </div>
      {newest !== null && (
        <p role="status" className="quiet">
          <Badge of={newest.state} /> {newest.seen} seen, {newest.new} new, {newest.applied}{" "}
          applied, {newest.failed} failed{newest.failure === null ? "" : ` (${newest.failure})`}{" "}
          {newest.finishedAtMs !== null && <Time ms={newest.finishedAtMs} />}
        </p>
      )}
    </div>
  );
}
