import { useQuery } from "convex/react";
import { api } from "../api.ts";
import { durationText } from "../ui/Time.tsx";

/** One thing that is right or not, in the shape in which `tollgate doctor` tells it. */
export interface Check {
  check: string;
  status: "ok" | "warning" | "failure";
  detail: string;
  whatToDo: string;
}

/** A delay beyond this is more than the way from Stripe: the clocks differ. */
const MAX_DELAY_MS = 60_000;

/** A ledger that was not compared with Stripe for longer is not known to be whole. */
const MAX_UNSURE_SECONDS = 60 * 60;

/** The checks of the gateway; undefined until they are known. */
export function useChecks(): Check[] | undefined {
  const ready = useQuery(api.health.ready);
  const waiting = useQuery(api.dashboard.waiting);
  const reconcile = useQuery(api.reconcile.status);
  const seen = useQuery(api.dashboard.seen);
  if (!ready || !waiting || !reconcile || !seen) {
    return undefined;
  }
  const countOf = (status: string) => waiting.find((each) => each.status === status)?.count ?? 0;
  const sureSeconds = reconcile.lastSureEventAtSeconds;
  const unsureSeconds = sureSeconds === null ? null : Date.now() / 1_000 - sureSeconds;
  const delayMs = seen.medianDelayMs ?? 0;
  const foreignVersions = seen.apiVersions.filter(({ value }) => value !== ready.stripeApiVersion);
  return [
    {
      check: "Deliveries can be taken",
      status: "ok",
      detail: `The store answers; ${ready.mode} mode; ${ready.signingSecrets} signing secret${ready.signingSecrets === 1 ? "" : "s"}.`,
      whatToDo: "",
    },
    {
      check: "Dead letters",
      status: countOf("dead") > 0 ? "failure" : "ok",
      detail: `Events that failed to the end: ${countOf("dead")}.`,
      whatToDo: "Open them, mend what their reason says, and replay them.",
    },
    {
      check: "Failing events",
      status: countOf("failed") > 0 ? "warning" : "ok",
      detail: `Events that failed and are tried again: ${countOf("failed")}.`,
      whatToDo: "Read their reasons. They are tried for about a day.",
    },
    {
      check: "Stripe",
      status: reconcile.run?.failure ? "failure" : ready.hasStripeKey ? "ok" : "warning",
      detail: reconcile.run?.failure
        ? `The last comparison met: ${reconcile.run.failure}.`
        : ready.hasStripeKey
          ? "There is an API key, and nothing failed with it lately."
          : "There is no API key: what is not delivered is not missed.",
      whatToDo: "Set STRIPE_SECRET_KEY to a restricted key that may read events and subscriptions.",
    },
    {
      check: "Nothing is missing",
      status:
        unsureSeconds !== null && unsureSeconds < MAX_UNSURE_SECONDS && reconcile.lagSeconds === 0
          ? "ok"
          : "warning",
      detail:
        unsureSeconds === null
          ? "The ledger has never been compared with what Stripe lists."
          : `It is known to be whole until ${durationText(unsureSeconds * 1_000)} ago.`,
      whatToDo: "Reconcile with Stripe.",
    },
    {
      check: "API version",
      status: foreignVersions.length > 0 ? "warning" : "ok",
      detail:
        foreignVersions.length > 0
          ? `Deliveries come in ${foreignVersions.map(({ value }) => value).join(", ")}, the SDK speaks ${ready.stripeApiVersion}.`
          : `The SDK speaks ${ready.stripeApiVersion}; no delivery came in another.`,
      whatToDo:
        "Every version is understood. To be sure of new fields, upgrade the webhook endpoint.",
    },
    {
      check: "Clock",
      status: Math.abs(delayMs) > MAX_DELAY_MS || delayMs < -5_000 ? "failure" : "ok",
      detail: `Deliveries are here ${Math.round(delayMs / 1_000) || 0} s after they were signed.`,
      whatToDo: "Set this machine's clock by NTP. Beyond 300 s every delivery is refused.",
    },
  ];
}
