import { expireSession } from "../checkout/expireSession.ts";
import { paymentConcluded } from "../checkout/paymentConcluded.ts";
import { SANDBOX_LIMITS } from "../limits.ts";
import { settlePayment } from "../payments/attemptPayment.ts";
import { closeDispute, openDispute } from "../payments/disputes.ts";
import { settleRefund } from "../payments/refunds.ts";
import { invalidRequest } from "../StripeError.ts";
import type { Job, JobKind } from "../state/tables.ts";
import type { World } from "../state/World.ts";
import { cancelSubscription } from "./cancelSubscription.ts";
import { collectInvoice, NOBODY } from "./collectInvoice.ts";
import { finalizeInvoice, voidInvoice } from "./invoices.ts";
import { isEnded } from "./isEnded.ts";
import { periodEnds } from "./renewSubscription.ts";

/**
 * Lets everything happen that is due up to `untilSeconds`, one after another in the order of its time, each
 * at its own time. Returns how many things happened.
 *
 * @throws StripeError `sandbox_too_much` when there is more than one move of the clock may bring
 */
export function runDue(world: World, untilSeconds: number): number {
  for (let count = 0; ; count++) {
    const job = earliestJob(world);
    if (job === undefined || job.dueSeconds > untilSeconds) {
      return count;
    }
    if (count >= SANDBOX_LIMITS.jobsPerAdvance) {
      throw invalidRequest("Too much would happen at once. Move the clock in smaller steps.", {
        code: "sandbox_too_much",
      });
    }
    world.store.remove("jobs", job.id);
    world.at(job.dueSeconds, () => JOBS[job.kind](world, job.subject));
  }
}

/** The next thing that happens by itself; of those at the same second, the one that was planned first. */
export function earliestJob(world: World): Job | undefined {
  return world.store
    .all("jobs")
    .reduce<Job | undefined>(
      (first, job) => (first === undefined || job.dueSeconds < first.dueSeconds ? job : first),
      undefined,
    );
}

/** Each checks whether what was planned still holds; plans are never taken back. */
const JOBS: Record<JobKind, (world: World, subject: string) => void> = {
  session_expiry: (world, id) => {
    const session = world.store.get("sessions", id);
    if (session?.status === "open") {
      expireSession(world, session);
    }
  },
  payment_settles: (world, id) => {
    const intent = settlePayment(world, id);
    if (intent !== null) {
      paymentConcluded(world, intent);
    }
  },
  subscription_cancels: (world, id) => {
    const subscription = world.store.get("subscriptions", id);
    const isDue = subscription?.cancel_at === world.nowSeconds();
    if (subscription !== undefined && isDue && !isEnded(subscription)) {
      cancelSubscription(world, subscription, "cancellation_requested");
    }
  },
  subscription_incomplete_expires: (world, id) => {
    const subscription = world.store.get("subscriptions", id);
    if (subscription?.status !== "incomplete") {
      return;
    }
    const expired = { status: "incomplete_expired", ended_at: world.nowSeconds() } as const;
    world.update("subscriptions", id, expired, "customer.subscription.updated");
    voidInvoice(world, subscription.latest_invoice ?? "");
  },
  trial_will_end: (world, id) => {
    const subscription = world.store.get("subscriptions", id);
    if (subscription?.status === "trialing") {
      world.emit("customer.subscription.trial_will_end", subscription);
    }
  },
  period_ends: periodEnds,
  collection_resumes: (world, id) => {
    const pause = world.store.get("subscriptions", id)?.pause_collection;
    if (pause?.resumes_at === world.nowSeconds()) {
      const patch = { pause_collection: null };
      world.update("subscriptions", id, patch, "customer.subscription.updated");
    }
  },
  invoice_finalizes: (world, id) => {
    const invoice = world.store.get("invoices", id);
    if (invoice?.status === "draft" && invoice.auto_advance === true) {
      if (finalizeInvoice(world, id).status === "open") {
        collectInvoice(world, id, NOBODY);
      }
    }
  },
  invoice_retries: (world, id) => {
    const invoice = world.store.get("invoices", id);
    if (invoice?.status === "open" && invoice.next_payment_attempt === world.nowSeconds()) {
      collectInvoice(world, id, NOBODY);
    }
  },
  refund_settles: settleRefund,
  dispute_opens: (world, id) => {
    if (world.store.get("charges", id)?.disputed === false) {
      openDispute(world, id, "fraudulent");
    }
  },
  dispute_closes: (world, id) => {
    const dispute = world.store.get("disputes", id);
    if (dispute?.status === "under_review") {
      const isWon = dispute.evidence.uncategorized_text === "winning_evidence";
      closeDispute(world, id, isWon ? "won" : "lost");
    }
  },
};
