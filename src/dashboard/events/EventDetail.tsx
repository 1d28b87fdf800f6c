import { Tabs } from "@base-ui/react/tabs";
import { useQuery } from "convex/react";
import type { FunctionReturnType } from "convex/server";
import { api } from "../api.ts";
import { hrefOf } from "../route.ts";
import { Badge } from "../ui/Badge.tsx";
import { DetailHead } from "../ui/DetailHead.tsx";
import { Facts } from "../ui/Facts.tsx";
import { Loading, Notice } from "../ui/Notice.tsx";
import { exactTime, Time } from "../ui/Time.tsx";
import { EventActions } from "./EventActions.tsx";
import { EventBody } from "./EventBody.tsx";

export type EventOfLedger = NonNullable<FunctionReturnType<typeof api.dashboard.event>>;

/** One event: what became of it, what it changed, how it was verified, and its body. */
export function EventDetail({
  eventId,
  params,
}: {
  eventId: string;
  params: Readonly<Record<string, string>>;
}) {
  const event = useQuery(api.dashboard.event, { eventId });
  const closeHref = hrefOf("events", null, params);
  if (event === undefined) {
    return <Loading what="the event" />;
  }
  if (event === null) {
    return (
      <article>
        <DetailHead title={eventId} closeHref={closeHref} />
        <Notice title="There is no such event in the ledger">
          <p>If Stripe made it, it was not delivered.</p>
          <a href={hrefOf("health")}>Reconcile with Stripe</a>
        </Notice>
      </article>
    );
  }
  const { row } = event;
  return (
    <article>
      <DetailHead title={row.type} closeHref={closeHref}>
        <Badge of={row.status} />
      </DetailHead>
      <EventActions event={event} />
      <Tabs.Root defaultValue="became">
        <Tabs.List className="tabs">
          <Tabs.Tab value="became">What became of it</Tabs.Tab>
          <Tabs.Tab value="evidence">Evidence</Tabs.Tab>
          <Tabs.Tab value="body">Body</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="became">
          <Became event={event} />
        </Tabs.Panel>
        <Tabs.Panel value="evidence">
          <Evidence event={event} />
        </Tabs.Panel>
        <Tabs.Panel value="body">
          <EventBody event={event} />
        </Tabs.Panel>
      </Tabs.Root>
    </article>
  );
}

function Became({ event: { row, plan, changes, waitsFor } }: { event: EventOfLedger }) {
  return (
    <>
      <Facts
        of={[
          ["Event", <code key="id">{row.stripeEventId}</code>],
          ["About", row.objectId && <code>{row.objectId}</code>],
          row.statusReason === null ? null : ["Why", row.statusReason],
          ["Attempts", row.attempts],
          row.nextAttemptAtMs === null
            ? null
            : ["Next attempt", <Time key="t" ms={row.nextAttemptAtMs} />],
          ["Made at Stripe", exactTime(row.createdSeconds * 1_000)],
          ["Received", exactTime(row.receivedAtMs)],
          row.appliedAtMs === null ? null : ["Applied", exactTime(row.appliedAtMs)],
          [
            "Plan",
            plan === null ? (
              "none"
            ) : (
              <a key="plan" href={hrefOf("plans", plan.planId)}>
                {plan.ownerId} <Badge of={plan.planType} />
              </a>
            ),
          ],
          waitsFor.length === 0 ? null : ["Waits for a link of", waitsFor.join(", ")],
        ]}
      />
      <h3>What it changed</h3>
      {changes.length === 0 ? (
        <p className="quiet">No plan.</p>
      ) : (
        <ol className="plain-list">
          {changes.map(({ _id, from, to, reason }) => (
            <li key={_id}>
              <Badge of={from} /> → <Badge of={to} /> {reason}
            </li>
          ))}
        </ol>
      )}
    </>
  );
}

function Evidence({ event: { row, isBodyAsVerified } }: { event: EventOfLedger }) {
  return (
    <Facts
      of={[
        [
          "Came by",
          row.provenance === "webhook"
            ? "a signed delivery"
            : "Stripe's API, sealed by this gateway",
        ],
        ["Signed at", exactTime(row.signatureTimestampSeconds * 1_000)],
        ["With the secret", <code key="f">{row.secretFingerprint}</code>],
        ["Signature", <code key="s">{row.signature}</code>],
        ["SHA-256 of the body", <code key="h">{row.bodySha256}</code>],
        [
          "Body as verified",
          isBodyAsVerified === null ? (
            "no longer kept"
          ) : (
            <Badge
              key="is"
              of={isBodyAsVerified ? "yes" : "no"}
              tone={isBodyAsVerified ? "good" : "bad"}
            />
          ),
        ],
        ["Place in the chain", `${row.shard} / ${row.position}`],
        ["API version", row.apiVersion ?? "none"],
        ["Mode", `${row.mode}${row.account === "" ? "" : `, account ${row.account}`}`],
      ]}
    />
  );
}
