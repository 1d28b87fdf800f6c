import { useQuery } from "convex/react";
import { api } from "../api.ts";
import { Badge } from "../ui/Badge.tsx";
import { ConfirmDialog } from "../ui/ConfirmDialog.tsx";
import { Time } from "../ui/Time.tsx";
import { useNowMs } from "../ui/useNowMs.ts";
import { useOperation } from "../ui/useOperation.ts";

/** How long a replay that is over stays in view. */
const SHOWN_MS = 10 * 60_000;

/** How far the newest replay of many events is. */
export function ReplayProgress() {
  const replay = useQuery(api.inbox.replayProgress, {});
  const { run, isBusy } = useOperation();
  const nowMs = useNowMs(30_000);
  if (!replay || (replay.finishedAtMs !== null && replay.finishedAtMs < nowMs - SHOWN_MS)) {
    return null;
  }
  const { _id, state, replayed, failed, skipped, finishedAtMs } = replay;
  return (
    <section className="card row between" aria-label="Replay">
      <span className="row" role="status">
        <Badge of={state} />
        <span>
          {replayed} replayed, {failed} failed, {skipped} skipped
        </span>
        {finishedAtMs !== null && <Time ms={finishedAtMs} />}
      </span>
      {state === "running" && (
        <>
          <progress aria-label="Replay under way" />
          <ConfirmDialog
            trigger="Cancel…"
            title="End this replay"
            description="What it has replayed stays so."
            confirm="End it"
            isBusy={isBusy}
            onConfirm={(_, reason) =>
              void run("inbox:cancelReplay", { replayId: _id }, "The replay has ended.", { reason })
            }
          />
        </>
      )}
    </section>
  );
}
