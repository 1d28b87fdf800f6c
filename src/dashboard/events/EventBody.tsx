import { useQuery } from "convex/react";
import { useState } from "react";
import { api } from "../api.ts";
import { Json } from "../ui/Json.tsx";
import { Loading, Notice } from "../ui/Notice.tsx";
import type { EventOfLedger } from "./EventDetail.tsx";

/** What Stripe sent, without what a person is known by unless somebody asks for it. */
export function EventBody({ event: { row, bodyDropped } }: { event: EventOfLedger }) {
  const [isWhole, setWhole] = useState(false);
  const body = useQuery(api.dashboard.eventBody, { eventId: row._id, isWhole });
  if (body === undefined) {
    return <Loading what="the body" />;
  }
  if (body === null) {
    return (
      <Notice title="The body is no longer kept">
        <p>
          {bodyDropped === "erasure" ? "It was erased." : "It was kept as long as retention says."}
        </p>
      </Notice>
    );
  }
  return (
    <>
      <div className="row between">
        <p className="quiet">
          {isWhole ? "Everything, personal data included." : "Ids, states and numbers only."}
        </p>
        <button type="button" aria-pressed={isWhole} onClick={() => setWhole(!isWhole)}>
          {isWhole ? "Redact" : "Show everything"}
        </button>
      </div>
      <Json value={body} label="Body of the event" />
    </>
  );
}
