import { ConfirmDialog } from "../ui/ConfirmDialog.tsx";
import { useOperation } from "../ui/useOperation.ts";
import type { EventOfLedger } from "./EventDetail.tsx";

/** What an operator can do with an event. Each asks the rule; none decides. */
export function EventActions({ event: { row, plan, isBodyAsVerified } }: { event: EventOfLedger }) {
  const { run } = useOperation();
  const isFailed = row.status === "failed" || row.status === "dead";
  const eventId = row.stripeEventId;
  const canBeDead = isFailed || row.status === "received";
  return (
    <div className="row wrap actions">
      {isBodyAsVerified === true && (
        <ConfirmDialog
          trigger={isFailed ? "Retry…" : "Replay…"}
          title={isFailed ? "Retry this event" : "Replay this event"}
          description="It takes effect again by the same rule. What was applied already changes nothing."
          confirm={isFailed ? "Retry" : "Replay"}
          onConfirm={(_, reason) =>
            void run("inbox:replayEvent", { eventId: row._id }, replayedText, { reason })
          }
        />
      )}
      {plan !== null && row.status === "applied" && (
        <ConfirmDialog
          trigger="Mark plan…"
          title="Mark the plan as professional"
          description="Works if this event pays for it and nothing later says otherwise; refuses if not."
          confirm="Mark"
          onConfirm={(_, reason) =>
            void run(
              "plans:markPlanAsProfessional",
              { planId: plan.planId, eventId },
              "The plan is professional, as this event says.",
              { reason },
            )
          }
        />
      )}
      {canBeDead && (
        <ConfirmDialog
          trigger="Mark dead…"
          title="Mark this event as dead"
          description="It is tried no more, not even by a replay of many, until a replay names it. No plan changes."
          confirm="Mark dead"
          isReasonRequired
          onConfirm={(_, reason) =>
            void run(
              "inbox:markDead",
              { eventId: row._id, reason },
              "The event is dead: it is tried no more.",
              { reason },
            )
          }
        />
      )}
      <button type="button" onClick={() => void navigator.clipboard.writeText(eventId)}>
        Copy id
      </button>
    </div>
  );
}

function replayedText(value: unknown): string {
  const { hasFailed, status } = value as { hasFailed: boolean; status: string };
  return hasFailed ? `Its rule failed again: it is ${status}.` : `Done: the event is ${status}.`;
}
