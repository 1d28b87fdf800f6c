import type { JsonObject } from "../../fixtures/stripe.ts";
import { type Journal, PLAN_PLACEHOLDER } from "./Journal.ts";
import { nextStatuses, requireTransition } from "./transitions.ts";

interface Refund {
  id: string;
  amount: number;
  status: "pending" | "succeeded" | "failed";
}

/** One one-time purchase: what is true of it, and what Stripe tells about it. */
export class PurchaseLife {
  payment: "none" | "unpaid" | "failed" | "paid" | "no_payment_required" | "expired" = "none";
  readonly amountMinorUnits: number = 2_000;
  refunds: Refund[] = [];
  dispute: { id: string; status: string } | null = null;
  readonly #journal: Journal;
  readonly #customerId: string;
  readonly #sessionId: string;
  readonly #paymentIntentId: string;
  readonly #chargeId: string;

  constructor(journal: Journal, customerId: string) {
    this.#journal = journal;
    this.#customerId = customerId;
    this.#sessionId = journal.newId("cs_test");
    this.#paymentIntentId = journal.newId("pi");
    this.#chargeId = journal.newId("ch");
  }

  complete(payment: "paid" | "unpaid"): void {
    this.#turn(payment);
    this.#tellSession("completed");
    this.#journal.note(`purchase ${payment}`);
  }

  settle(payment: "paid" | "failed"): void {
    this.#turn(payment);
    this.#tellSession(`async_payment_${payment === "paid" ? "succeeded" : "failed"}`);
    this.#journal.note(`delayed purchase ${payment}`);
  }

  expire(): void {
    this.#turn("expired");
    this.#tellSession("expired");
    this.#journal.note("purchase expired");
  }

  get refundedMinorUnits(): number {
    return this.refunds
      .filter(({ status }) => status !== "failed")
      .reduce((sum, { amount }) => sum + amount, 0);
  }

  refund(share: number, status: "pending" | "succeeded"): void {
    const left = this.amountMinorUnits - this.refundedMinorUnits;
    const amount = Math.max(1, Math.floor(left * share));
    const refund: Refund = { id: this.#journal.newId("re"), amount, status };
    this.refunds.push(refund);
    this.#tellRefund("refund.created", refund);
    this.#tellCharge();
    this.#journal.note(amount === left ? "refund of all" : "refund of a part");
  }

  settleRefund(refund: Refund): void {
    requireTransition("refund", refund.status, "succeeded");
    refund.status = "succeeded";
    this.#tellRefund("refund.updated", refund);
    this.#journal.note("refund pending > succeeded");
  }

  failRefund(refund: Refund): void {
    requireTransition("refund", refund.status, "failed");
    this.#journal.note(`refund ${refund.status} > failed`);
    refund.status = "failed";
    this.#tellRefund("refund.failed", refund);
    this.#tellRefund("charge.refund.updated", refund);
  }

  openDispute(status: "needs_response" | "warning_needs_response"): void {
    this.dispute = { id: this.#journal.newId("du"), status };
    this.#tellDispute("created");
    if (status === "needs_response") {
      this.#tellDispute("funds_withdrawn");
    }
    this.#journal.note(`dispute ${status}`);
  }

  /** What a bank or the merchant may make of it next. */
  get nextDisputeStatuses(): readonly string[] {
    return nextStatuses("dispute", this.dispute?.status ?? "none");
  }

  turnDispute(status: string): void {
    if (this.dispute === null) {
      return;
    }
    requireTransition("dispute", this.dispute.status, status);
    this.#journal.note(`dispute ${this.dispute.status} > ${status}`);
    this.dispute.status = status;
    this.#tellDispute(["won", "lost", "warning_closed"].includes(status) ? "closed" : "updated");
    if (status === "won") {
      this.#tellDispute("funds_reinstated");
    }
  }

  #turn(payment: PurchaseLife["payment"]): void {
    requireTransition("payment", this.payment, payment);
    this.payment = payment;
  }

  #tellSession(name: string): void {
    const isComplete = this.payment !== "expired";
    this.#journal.tell(`checkout.session.${name}`, {
      id: this.#sessionId,
      object: "checkout.session",
      amount_total: this.amountMinorUnits,
      client_reference_id: PLAN_PLACEHOLDER,
      customer: this.#customerId,
      mode: "payment",
      payment_intent: this.#paymentIntentId,
      payment_status: this.payment === "paid" ? "paid" : "unpaid",
      status: isComplete ? "complete" : "expired",
      subscription: null,
    });
  }

  #tellCharge(): void {
    this.#journal.tell("charge.refunded", {
      id: this.#chargeId,
      object: "charge",
      amount: this.amountMinorUnits,
      amount_captured: this.amountMinorUnits,
      amount_refunded: this.refundedMinorUnits,
      captured: true,
      customer: this.#customerId,
      payment_intent: this.#paymentIntentId,
      refunded: this.refundedMinorUnits === this.amountMinorUnits,
    });
  }

  #tellRefund(type: string, { id, amount, status }: Refund): void {
    this.#journal.tell(type, {
      id,
      object: "refund",
      amount,
      charge: this.#chargeId,
      payment_intent: this.#paymentIntentId,
      status,
    } satisfies JsonObject);
  }

  #tellDispute(name: string): void {
    this.#journal.tell(`charge.dispute.${name}`, {
      ...this.dispute,
      object: "dispute",
      charge: this.#chargeId,
      payment_intent: this.#paymentIntentId,
    });
  }
}
