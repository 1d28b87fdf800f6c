import { Tabs } from "@base-ui/react/tabs";
import { useQuery } from "convex/react";
import type { FunctionReturnType } from "convex/server";
import { api } from "../api.ts";
import { hrefOf } from "../route.ts";
import { Badge } from "../ui/Badge.tsx";
import { DetailHead } from "../ui/DetailHead.tsx";
import { Facts } from "../ui/Facts.tsx";
import { Loading } from "../ui/Notice.tsx";
import { Reconcile } from "../ui/Reconcile.tsx";
import { exactTime } from "../ui/Time.tsx";
import { PlanObjects } from "./PlanObjects.tsx";
import { PlanTimeline } from "./PlanTimeline.tsx";

type Explanation = FunctionReturnType<typeof api.plans.explain>;

/** One plan: what it is and why, how it came to be so, and what of Stripe's it rests on. */
export function PlanDetail({
  planId,
  params,
}: {
  planId: string;
  params: Readonly<Record<string, string>>;
}) {
  const explanation = useQuery(api.plans.explain, { of: planId });
  const closeHref = hrefOf("plans", null, params);
  if (explanation === undefined) {
    return <Loading what="the plan" />;
  }
  const { plan } = explanation;
  return (
    <article>
      <DetailHead title={plan.ownerId} closeHref={closeHref}>
        <Badge of={plan.planType} />
      </DetailHead>
      <Tabs.Root defaultValue="why">
        <Tabs.List className="tabs">
          <Tabs.Tab value="why">Why</Tabs.Tab>
          <Tabs.Tab value="timeline">Timeline</Tabs.Tab>
          <Tabs.Tab value="objects">Stripe's objects</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="why">
          <Why explanation={explanation} />
        </Tabs.Panel>
        <Tabs.Panel value="timeline">
          <PlanTimeline planId={plan._id} />
        </Tabs.Panel>
        <Tabs.Panel value="objects">
          <PlanObjects planId={plan._id} />
        </Tabs.Panel>
      </Tabs.Root>
    </article>
  );
}

function Why({ explanation }: { explanation: Explanation }) {
  const { plan, summary, restsOn, wouldChange } = explanation;
  return (
    <>
      <p className="summary" role="status">
        {summary}
      </p>
      {plan.alerts.map(({ code, objectIds }) => (
        <p key={code} className="alert">
          <Badge of="look at" tone="warn" /> {code}: {objectIds.join(", ")}
        </p>
      ))}
      {restsOn === null ? (
        <section className="card">
          <h3>No event</h3>
          <p>
            No verified event pays for this plan. If the customer has paid, Stripe's event was not
            delivered, or it belongs to no plan yet.
          </p>
          <Reconcile />
          <p>
            <a href={hrefOf("events", null, { status: "unlinked" })}>
              Events that belong to no plan
            </a>
          </p>
        </section>
      ) : (
        <>
          <h3>The event it rests on</h3>
          <Facts
            of={[
              [
                "Event",
                <a key="e" href={hrefOf("events", restsOn.stripeEventId)}>
                  <code>{restsOn.stripeEventId}</code>
                </a>,
              ],
              ["Type", restsOn.type],
              ["Signed at", exactTime(restsOn.signatureTimestampSeconds * 1_000)],
              ["With the secret", <code key="f">{restsOn.secretFingerprint}</code>],
              ["SHA-256", <code key="h">{restsOn.bodySha256}</code>],
              ["Body", restsOn.isBodyKept ? "kept" : "no longer kept"],
            ]}
          />
        </>
      )}
      <h3>The plan</h3>
      <Facts
        of={[
          ["Plan id", <code key="id">{plan._id}</code>],
          ["Type", <Badge key="type" of={plan.planType} />],
          ["Seats", plan.seats ?? "not said"],
          ["Rule", <code key="rule">{plan.rule}</code>],
          ["Changes so far", plan.version],
        ]}
      />
      <h3>What would change it</h3>
      <ul>
        {wouldChange.map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
    </>
  );
}
