import { type JsonObject, listOf } from "../../fixtures/stripe.ts";
import { type Journal, PLAN_PLACEHOLDER } from "./Journal.ts";
import { requireTransition } from "./transitions.ts";

/** One invoice of a subscription, and what Stripe tells about it. */
export class InvoiceLife {
  status: "draft" | "open" | "paid" | "void" | "uncollectible" = "draft";
  attempts = 0;
  readonly #journal: Journal;
  readonly #id: string;
  readonly #about: { subscriptionId: string; customerId: string; periodEndSeconds: number };
  readonly #createdSeconds: number;

  constructor(
    journal: Journal,
    about: { subscriptionId: string; customerId: string; periodEndSeconds: number },
  ) {
    this.#journal = journal;
    this.#id = journal.newId("in");
    this.#about = about;
    this.#createdSeconds = journal.nowSeconds;
    this.#tell("created");
  }

  finalize(): void {
    this.#turn("open");
    this.#tell("finalized");
  }

  pay(): void {
    this.attempts += 1;
    this.#turn("paid");
    this.#tell("paid");
    this.#tell("payment_succeeded");
  }

  fail(): void {
    this.attempts += 1;
    this.#tell("payment_failed");
  }

  end(status: "void" | "uncollectible"): void {
    this.#turn(status);
    this.#tell(status === "void" ? "voided" : "marked_uncollectible");
  }

  #turn(status: InvoiceLife["status"]): void {
    requireTransition("invoice", this.status, status);
    this.#journal.note(`invoice ${this.status} > ${status}`);
    this.status = status;
  }

  #tell(name: string): void {
    const { subscriptionId, customerId, periodEndSeconds } = this.#about;
    this.#journal.tell(`invoice.${name}`, {
      id: this.#id,
      object: "invoice",
      attempt_count: this.attempts,
      created: this.#createdSeconds,
      customer: customerId,
      lines: listOf([
        {
          id: `il_${this.#id}`,
          object: "line_item",
          period: { start: this.#createdSeconds, end: periodEndSeconds },
          pricing: { price_details: { price: "price_of_an_invoice", product: "prod_1" } },
        },
      ]),
      parent: {
        type: "subscription_details",
        subscription_details: {
          subscription: subscriptionId,
          metadata: { planId: PLAN_PLACEHOLDER },
        },
      },
      status: this.status,
    } satisfies JsonObject);
  }
}
