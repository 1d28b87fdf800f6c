import { createHash } from "node:crypto";
import { type AuditReport, audit } from "../../src/internal/audit/audit.ts";
import { type Deployment, FunctionFailedError } from "../../src/internal/audit/deployment.ts";
import type { Finding } from "../../src/internal/audit/finding.ts";
import {
  charge,
  checkoutSession,
  customer,
  dispute,
  FIXTURE_SECONDS,
  invoice,
  invoiceParent,
  type JsonObject,
  listOf,
  price,
  refund,
  stripeEvent,
  subscription,
  subscriptionItem,
} from "../fixtures/stripe.ts";
import { deliverTo } from "./internalFunctions.ts";
import type { TestEngine } from "./testEngine.ts";

/** An engine as a deployment that can be audited. */
export function deploymentOf({ call }: Pick<TestEngine, "call">): Deployment {
  return {
    query: async (name, args) => {
      try {
        return (await call(name, args)) as never;
      } catch (error) {
        throw new FunctionFailedError((error as Error).message);
      }
    },
  };
}

/** Audits an engine. @returns the report, whose findings are sorted by code */
export async function auditOf(gateway: Pick<TestEngine, "call">): Promise<AuditReport> {
  const { report } = await audit(deploymentOf(gateway));
  return { ...report, findings: report.findings.toSorted((a, b) => (a.code < b.code ? -1 : 1)) };
}

/** Codes of findings, each once, sorted. */
export function codesOf(findings: readonly Finding[]): string[] {
  return [...new Set(findings.map(({ code }) => code))].sort();
}

/**
 * A ledger in which every table has rows: two plans that were paid and ended, a purchase that was refunded,
 * a stand-in, an event that waits, one without a rule, one in quarantine, one that cannot be read.
 *
 * @returns the plans' ids
 */
export async function makeLedger(gateway: TestEngine): Promise<{ ann: string; bob: string }> {
  const ann = (await gateway.call("plans:open", { ownerId: "ann@example.org" })) as string;
  const bob = (await gateway.call("plans:open", { ownerId: "bob" })) as string;
  await gateway.call("plans:open", { ownerId: "nobody" });
  for (const event of historyOf(ann, bob)) {
    const response = await deliverTo(gateway, event);
    if (response.status !== 200) {
      throw new Error(`a delivery was answered with ${response.status}`);
    }
  }
  return { ann, bob };
}

/** Events about two plans, in the order in which Stripe would tell them. */
export function historyOf(ann: string, bob: string): JsonObject[] {
  const items = listOf([
    subscriptionItem({ price: price({ lookup_key: "professional_monthly" }) }),
  ]);
  const subscribed = subscription({
    id: "sub_ann",
    customer: "cus_ann",
    metadata: { planId: ann },
    items,
  });
  const bought = checkoutSession({
    id: "cs_bob",
    customer: "cus_bob",
    payment_intent: "pi_bob",
    client_reference_id: bob,
    customer_details: { email: "bob@example.org", name: "Bob Who Is Secret" },
  });
  const later = (minutes: number) => ({ created: FIXTURE_SECONDS + minutes * 60 });
  return [
    stripeEvent("customer.subscription.created", subscribed, later(0)),
    stripeEvent(
      "customer.updated",
      customer({ id: "cus_ann", email: "ann@example.org" }),
      later(1),
    ),
    stripeEvent("checkout.session.completed", bought, later(2)),
    stripeEvent(
      "charge.refunded",
      charge({
        id: "ch_bob",
        customer: "cus_bob",
        payment_intent: "pi_bob",
        amount_refunded: 1_900,
        refunded: true,
      }),
      later(3),
    ),
    stripeEvent(
      "invoice.paid",
      invoice({ id: "in_ann", customer: "cus_ann", parent: invoiceParent("sub_ann") }),
      later(4),
    ),
    stripeEvent(
      "invoice.paid",
      invoice({ id: "in_later", customer: "cus_nobody", parent: invoiceParent("sub_nobody") }),
      later(5),
    ),
    stripeEvent(
      "customer.subscription.updated",
      { ...subscribed, status: "past_due" },
      { ...later(6), previousAttributes: { status: "active" } },
    ),
    stripeEvent("customer.subscription.deleted", { ...subscribed, status: "canceled" }, later(7)),
    stripeEvent(
      "refund.created",
      refund({ id: "re_bob", charge: "ch_bob", payment_intent: "pi_bob" }),
      later(8),
    ),
    stripeEvent(
      "charge.dispute.created",
      dispute({ id: "du_bob", charge: "ch_bob", payment_intent: "pi_bob" }),
      later(8),
    ),
    stripeEvent("customer.deleted", customer({ id: "cus_bob" }), later(8)),
    stripeEvent("customer.subscription.created", subscription(), { ...later(9), livemode: true }),
    stripeEvent("customer.subscription.created", { object: "subscription" }, later(10)),
  ];
}

/** The same choice for the same seed: a number from 0 to below `end`. */
export function chosen(seed: number, what: string, end: number): number {
  const hash = createHash("sha256").update(`${seed} ${what}`).digest();
  return hash.readUInt32BE() % end;
}
