import type { JsonObject } from "../../fixtures/stripe.ts";
import { InvoiceLife } from "./InvoiceLife.ts";
import type { Journal } from "./Journal.ts";
import { type AccountSettings, type Bought, type Customer, DAY_SECONDS } from "./market.ts";
import { subscriptionShape } from "./subscriptionShape.ts";
import { requireTransition } from "./transitions.ts";

const PERIOD_SECONDS = 30 * DAY_SECONDS;
/** Stripe keeps a renewal's invoice as a draft for about an hour. */
const DRAFT_SECONDS = 3_607;
const RETRY_SECONDS = 2 * DAY_SECONDS + 11;
const MAX_ATTEMPTS = 4;
const FIRST_PAYMENT_SECONDS = 23 * 3_600;

interface Item extends Bought {
  id: string;
}

/** One subscription: what is true of it, and what Stripe tells about it. */
export class SubscriptionLife {
  readonly id: string;
  readonly customer: Customer;
  status: string;
  items: Item[];
  periodStartSeconds: number;
  periodEndSeconds: number;
  trialEndSeconds: number | null = null;
  cancelAtSeconds: number | null = null;
  cancelAtPeriodEnd = false;
  collection: string | null = null;
  hasCard: boolean;
  /** Since when its payments are behind without a break. */
  behindSinceSeconds: number | null = null;
  /** How the delayed payment of its checkout stands; any paid invoice settles it. */
  firstPayment: "settled" | "pending" | "failed" = "settled";
  endedAtSeconds: number | null = null;
  endReason: string | null = null;
  readonly #journal: Journal;
  readonly #settings: AccountSettings;
  #firstInvoice: InvoiceLife | null = null;
  #invoice: InvoiceLife | null = null;
  #writtenOff: InvoiceLife | null = null;
  #nextAttemptSeconds: number | null = null;
  #warnedOfTrialEnd = false;

  constructor(
    journal: Journal,
    settings: AccountSettings,
    customer: Customer,
    status: "active" | "trialing" | "incomplete",
    bought: readonly Bought[],
    { trialSeconds = 0, hasCard = true }: { trialSeconds?: number; hasCard?: boolean } = {},
  ) {
    this.#journal = journal;
    this.#settings = settings;
    requireTransition("subscription", "none", status);
    this.id = journal.newId("sub");
    this.customer = customer;
    this.status = status;
    this.items = bought.map((each) => ({ ...each, id: journal.newId("si") }));
    this.hasCard = hasCard;
    this.periodStartSeconds = journal.nowSeconds;
    this.periodEndSeconds = journal.nowSeconds + (trialSeconds || PERIOD_SECONDS);
    this.trialEndSeconds = trialSeconds === 0 ? null : this.periodEndSeconds;
    journal.tell("customer.subscription.created", this.shape());
    journal.note(`subscription created ${status}`);
    if (status !== "trialing") {
      this.#firstInvoice = this.#newInvoice();
      this.#firstInvoice.finalize();
    }
  }

  get isOver(): boolean {
    return this.status === "canceled" || this.status === "incomplete_expired";
  }

  /** When Stripe will do something by itself. */
  get nextSeconds(): number {
    return Math.min(...this.#plans().map(({ atSeconds }) => atSeconds));
  }

  /** Does what is due now; the world calls it at `nextSeconds`. */
  proceed(): void {
    const [first] = this.#plans().sort((a, b) => a.atSeconds - b.atSeconds);
    first?.run();
  }

  payFirstInvoice(): void {
    this.#firstInvoice?.pay();
    this.firstPayment = "settled";
    if (this.status === "incomplete") {
      this.#turn("active");
    }
  }

  /** The bank did not pay; Stripe voids the invoice and leaves the subscription as it is. */
  failFirstInvoice(): void {
    this.#firstInvoice?.end("void");
    if (this.firstPayment === "pending") {
      this.firstPayment = "failed";
    }
  }

  /** The customer pays what is open. */
  payNow(): void {
    if (this.#invoice?.status === "draft") {
      this.#invoice.finalize();
    }
    this.#invoice?.pay();
    this.#settle();
    this.#turn("active");
  }

  change(name: string, changes: Partial<Omit<SubscriptionLife, "id">>): void {
    const before = this.shape();
    Object.assign(this, changes);
    this.#journal.tell("customer.subscription.updated", this.shape(), before);
    this.#journal.note(name);
  }

  /** A change that waits for its payment: it is not in the items until it is paid. */
  tryChange(items: Item[], isPaid: boolean): void {
    const before = this.shape();
    const waiting = {
      ...before,
      pending_update: { expires_at: this.#journal.nowSeconds + 80_000 },
    };
    this.#journal.tell("customer.subscription.updated", waiting, before);
    if (isPaid) {
      this.items = items;
      this.#journal.tell("customer.subscription.updated", this.shape(), waiting);
      this.#journal.tell("customer.subscription.pending_update_applied", this.shape());
    } else {
      this.#journal.tell("customer.subscription.updated", this.shape(), waiting);
      this.#journal.tell("customer.subscription.pending_update_expired", this.shape());
    }
    this.#journal.note(`pending update ${isPaid ? "applied" : "expired"}`);
  }

  pause(): void {
    this.#turn("paused");
    this.#journal.tell("customer.subscription.paused", this.shape());
  }

  /** The merchant gives a trial; a new period lasts as long. */
  giveTrial(seconds: number): void {
    const trialEndSeconds = this.#journal.nowSeconds + seconds;
    this.#warnedOfTrialEnd = false;
    this.#turn("trialing", {
      trialEndSeconds,
      periodStartSeconds: this.#journal.nowSeconds,
      periodEndSeconds: trialEndSeconds,
    });
  }

  /** What was written off is paid after all, or given up. */
  settleWrittenOff(isPaid: boolean): void {
    if (isPaid) {
      this.#writtenOff?.pay();
    } else {
      this.#writtenOff?.end("void");
    }
    this.#writtenOff = null;
  }

  /** A new period begins, and it is paid. */
  resume(): void {
    this.#settle();
    this.#turn("active", { trialEndSeconds: null, ...this.#periodFrom(this.#journal.nowSeconds) });
    this.#journal.tell("customer.subscription.resumed", this.shape());
    const invoice = this.#newInvoice();
    invoice.finalize();
    invoice.pay();
  }

  cancel(reason = "cancellation_requested"): void {
    const from = this.status;
    requireTransition("subscription", from, "canceled");
    this.status = "canceled";
    this.endedAtSeconds = this.#journal.nowSeconds;
    this.endReason = reason;
    this.#journal.tell("customer.subscription.deleted", this.shape());
    this.#journal.note(`subscription ${from} > canceled`);
  }

  /** The subscription as Stripe shows it now. */
  shape(): JsonObject {
    return subscriptionShape(this);
  }

  #plans(): { atSeconds: number; run: () => void }[] {
    const plans: { atSeconds: number | null; run: () => void }[] = [];
    if (this.isOver) {
      return [{ atSeconds: Number.POSITIVE_INFINITY, run: () => undefined }];
    }
    plans.push({ atSeconds: this.cancelAtSeconds, run: () => this.cancel() });
    switch (this.status) {
      case "incomplete":
        plans.push({
          atSeconds: this.periodStartSeconds + FIRST_PAYMENT_SECONDS,
          run: () => this.#expire(),
        });
        break;
      case "trialing":
        plans.push({ atSeconds: this.trialEndSeconds, run: () => this.#endTrial() });
        if (!this.#warnedOfTrialEnd && this.trialEndSeconds !== null) {
          const atSeconds = Math.max(
            this.trialEndSeconds - 3 * DAY_SECONDS,
            this.periodStartSeconds,
          );
          plans.push({ atSeconds, run: () => this.#warnOfTrialEnd() });
        }
        break;
      case "active":
      case "past_due":
        plans.push({ atSeconds: this.#nextAttemptSeconds, run: () => this.#attempt() });
        plans.push({ atSeconds: this.periodEndSeconds, run: () => this.#turnPeriod() });
        break;
      case "unpaid":
        plans.push({ atSeconds: this.periodEndSeconds, run: () => this.#turnPeriod() });
    }
    return plans.map(({ atSeconds, run }) => ({
      atSeconds: atSeconds ?? Number.POSITIVE_INFINITY,
      run,
    }));
  }

  #turnPeriod(): void {
    if (this.cancelAtPeriodEnd) {
      this.cancel();
      return;
    }
    this.change("renewal", this.#periodFrom(this.periodEndSeconds));
    this.#bill();
  }

  /** Makes the invoice of the period; while collection is paused nobody pays it. */
  #bill(): void {
    const invoice = this.#newInvoice();
    if (this.status === "unpaid" || this.collection === "keep_as_draft") {
      return;
    }
    if (this.collection !== null) {
      invoice.finalize();
      invoice.end(this.collection === "void" ? "void" : "uncollectible");
      this.#writtenOff = this.collection === "void" ? null : invoice;
      return;
    }
    this.#invoice = invoice;
    this.#nextAttemptSeconds = this.#journal.nowSeconds + DRAFT_SECONDS;
  }

  #attempt(): void {
    const invoice = this.#invoice;
    if (invoice === null) {
      this.#nextAttemptSeconds = null;
      return;
    }
    if (invoice.status === "draft") {
      invoice.finalize();
    }
    if (this.customer.cardWorks && this.hasCard) {
      invoice.pay();
      this.#settle();
      if (this.status !== "active") {
        this.#turn("active");
      }
      return;
    }
    invoice.fail();
    if (this.status === "active") {
      this.behindSinceSeconds = this.#journal.nowSeconds;
      this.#turn("past_due");
    }
    const isLast = invoice.attempts >= MAX_ATTEMPTS;
    this.#nextAttemptSeconds = isLast ? null : this.#journal.nowSeconds + RETRY_SECONDS;
    if (isLast) {
      this.#endRetries();
    }
  }

  #endRetries(): void {
    const { afterRetries } = this.#settings;
    if (afterRetries === "canceled") {
      this.cancel("payment_failed");
    } else if (afterRetries === "paused") {
      this.pause();
    } else if (afterRetries === "unpaid") {
      this.#turn("unpaid");
    } else {
      this.#journal.note("subscription stays past_due");
    }
  }

  #endTrial(): void {
    const { trialWithoutCard } = this.#settings;
    if (this.cancelAtPeriodEnd || (!this.hasCard && trialWithoutCard === "canceled")) {
      this.cancel();
    } else if (!this.hasCard && trialWithoutCard === "paused") {
      this.pause();
    } else {
      this.#turn("active", this.#periodFrom(this.periodEndSeconds));
      this.#bill();
    }
  }

  #warnOfTrialEnd(): void {
    this.#warnedOfTrialEnd = true;
    this.#journal.tell("customer.subscription.trial_will_end", this.shape());
  }

  #expire(): void {
    this.#firstInvoice?.end("void");
    this.#turn("incomplete_expired");
  }

  #settle(): void {
    this.#invoice = null;
    this.#nextAttemptSeconds = null;
    this.behindSinceSeconds = null;
    this.firstPayment = "settled";
  }

  #turn(status: string, changes: Partial<SubscriptionLife> = {}): void {
    requireTransition("subscription", this.status, status);
    this.change(`subscription ${this.status} > ${status}`, { ...changes, status });
  }

  #periodFrom(startSeconds: number): Partial<SubscriptionLife> {
    return {
      periodStartSeconds: startSeconds,
      periodEndSeconds: startSeconds + PERIOD_SECONDS,
    };
  }

  #newInvoice(): InvoiceLife {
    return new InvoiceLife(this.#journal, {
      subscriptionId: this.id,
      customerId: this.customer.id,
      periodEndSeconds: this.periodEndSeconds,
    });
  }
}
