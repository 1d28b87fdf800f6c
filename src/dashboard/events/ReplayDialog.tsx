import { ConfirmDialog } from "../ui/ConfirmDialog.tsx";
import { useOperation } from "../ui/useOperation.ts";
import { STATUSES, timeOf } from "./filterOf.ts";

/** Lets many events take effect again: those that the filters show, unless another choice is made. */
export function ReplayDialog({ params }: { params: Readonly<Record<string, string>> }) {
  const { run } = useOperation();
  return (
    <ConfirmDialog
      trigger="Replay many…"
      title="Replay many events"
      description="Each takes effect again by the same rule. What was applied already changes nothing."
      confirm="Replay"
      onConfirm={(form, reason) => {
        const text = (name: string) => String(form.get(name) ?? "").trim();
        const fromMs = timeOf(text("replay-from"));
        const toMs = timeOf(text("replay-to"));
        const args = {
          ...(text("replay-type") && { type: text("replay-type") }),
          ...(text("replay-status") && { status: text("replay-status") }),
          ...(fromMs !== null && { fromMs }),
          ...(toMs !== null && { toMs }),
        };
        void run("inbox:replay", args, "The replay has begun.", { reason });
      }}
    >
      <label>
        State
        <select name="replay-status" defaultValue={params["status"] ?? "dead"}>
          <option value="">any</option>
          {STATUSES.map((status) => (
            <option key={status}>{status}</option>
          ))}
        </select>
      </label>
      <label>
        Type
        <input name="replay-type" defaultValue={params["type"]} placeholder="any" />
      </label>
      <label>
        Received from (UTC)
        <input name="replay-from" type="datetime-local" defaultValue={params["from"]} />
      </label>
      <label>
        Received before (UTC)
        <input name="replay-to" type="datetime-local" defaultValue={params["to"]} />
      </label>
    </ConfirmDialog>
  );
}
