import type { JsonObject } from "../../fixtures/stripe.ts";
import { Journal, PLAN_PLACEHOLDER } from "./Journal.ts";
import { type AccountSettings, type Customer, DAY_SECONDS, goods } from "./market.ts";
import { PurchaseLife } from "./PurchaseLife.ts";
import type { Random } from "./random.ts";
import { SubscriptionLife } from "./SubscriptionLife.ts";

const MAX_SUBSCRIPTIONS = 3;
const MAX_PURCHASES = 2;
const MAX_ITEMS = 3;

/** A checkout of a subscription whose delayed payment is awaited. */
interface DelayedCheckout {
  session: JsonObject;
  subscription: SubscriptionLife;
}

/** Something that may happen now. `choice` tells apart how. */
type Action = (choice: number) => void;

/**
 * A small world that behaves like Stripe towards one plan: customers buy, pay, fail to pay, change their
 * mind and are refunded; Stripe renews, retries, ends and tells of it all. Every object names the plan.
 */
export class StripeWorld {
  readonly journal: Journal;
  readonly customers: Customer[];
  readonly subscriptions: SubscriptionLife[] = [];
  readonly purchases: PurchaseLife[] = [];
  readonly #settings: AccountSettings;
  #delayed: DelayedCheckout[] = [];

  constructor(name: string, startSeconds: number, settings: AccountSettings, random: Random) {
    this.journal = new Journal(name, startSeconds, random);
    this.#settings = settings;
    this.customers = [1, 2].map(() => ({
      id: this.journal.newId("cus"),
      cardWorks: true,
      isDeleted: false,
    }));
  }

  /** Lets time pass; what Stripe does by itself meanwhile happens when it is due. */
  pass(seconds: number): void {
    const untilSeconds = this.journal.nowSeconds + seconds;
    for (;;) {
      const next = this.subscriptions.reduce<SubscriptionLife | null>(
        (first, each) => (first === null || each.nextSeconds < first.nextSeconds ? each : first),
        null,
      );
      if (next === null || next.nextSeconds > untilSeconds) {
        break;
      }
      this.journal.nowSeconds = Math.max(this.journal.nowSeconds, next.nextSeconds);
      next.proceed();
    }
    this.journal.nowSeconds = untilSeconds;
  }

  /** One of the things that may happen now. */
  act(which: number, choice: number): void {
    const actions = this.#actions();
    actions[which % actions.length]?.(choice);
  }

  #actions(): Action[] {
    const buyer = this.customers.find(({ isDeleted }) => !isDeleted);
    return [
      ...(buyer === undefined ? [] : this.#buying(buyer)),
      ...this.subscriptions.filter(({ isOver }) => !isOver).flatMap((each) => this.#living(each)),
      ...this.#delayed.map((each) => (choice: number) => this.#settleDelayed(each, choice)),
      ...this.purchases.flatMap((each) => this.#reversing(each)),
      ...this.customers
        .filter(({ isDeleted }) => !isDeleted)
        .map((each) => (choice: number) => {
          if (choice % 4 === 0) {
            this.#deleteCustomer(each);
          } else {
            each.cardWorks = choice % 2 === 0;
          }
        }),
    ];
  }

  #buying(customer: Customer): Action[] {
    const actions: Action[] = [];
    if (this.subscriptions.length < MAX_SUBSCRIPTIONS) {
      actions.push(
        (choice) => this.#checkOut(customer, choice),
        (choice) => this.#startTrial(customer, choice),
        (choice) => this.#startUnpaid(customer, choice),
      );
    }
    if (this.purchases.length < MAX_PURCHASES) {
      actions.push((choice) => this.#purchase(customer, choice));
    }
    return actions;
  }

  #checkOut(customer: Customer, choice: number): void {
    const subscription = this.#subscribe(customer, "active", choice);
    const isDelayed = choice % 4 === 3;
    const session = this.#session(subscription, isDelayed ? "unpaid" : "paid");
    this.journal.tell("checkout.session.completed", session);
    if (isDelayed) {
      subscription.firstPayment = "pending";
      this.#delayed.push({ session, subscription });
      this.journal.note("subscription checkout unpaid");
    } else {
      subscription.payFirstInvoice();
      this.journal.note("subscription checkout paid");
    }
  }

  #startTrial(customer: Customer, choice: number): void {
    const trialSeconds = [3, 7, 14][choice % 3] ?? 7;
    const terms = { trialSeconds: trialSeconds * DAY_SECONDS, hasCard: choice % 2 === 0 };
    const subscription = this.#subscribe(customer, "trialing", choice, terms);
    this.journal.tell(
      "checkout.session.completed",
      this.#session(subscription, "no_payment_required"),
    );
    this.journal.note(`trial ${terms.hasCard ? "with" : "without"} card`);
  }

  #startUnpaid(customer: Customer, choice: number): void {
    this.#subscribe(customer, "incomplete", choice);
  }

  #subscribe(
    customer: Customer,
    status: "active" | "trialing" | "incomplete",
    choice: number,
    terms?: { trialSeconds: number; hasCard: boolean },
  ): SubscriptionLife {
    const bought = [goods(choice)];
    const subscription = new SubscriptionLife(
      this.journal,
      this.#settings,
      customer,
      status,
      bought,
      terms,
    );
    this.subscriptions.push(subscription);
    return subscription;
  }

  #session(subscription: SubscriptionLife, paymentStatus: string): JsonObject {
    return {
      id: this.journal.newId("cs_test"),
      object: "checkout.session",
      amount_total: 1_900,
      client_reference_id: PLAN_PLACEHOLDER,
      customer: subscription.customer.id,
      mode: "subscription",
      payment_intent: null,
      payment_status: paymentStatus,
      status: "complete",
      subscription: subscription.id,
    };
  }

  #settleDelayed({ session, subscription }: DelayedCheckout, choice: number): void {
    this.#delayed = this.#delayed.filter((each) => each.session !== session);
    if (choice % 2 === 0) {
      subscription.payFirstInvoice();
      const paid = { ...session, payment_status: "paid" };
      this.journal.tell("checkout.session.async_payment_succeeded", paid);
      this.journal.note("delayed subscription paid");
    } else {
      subscription.failFirstInvoice();
      this.journal.tell("checkout.session.async_payment_failed", session);
      this.journal.note("delayed subscription failed");
    }
  }

  #living(subscription: SubscriptionLife): Action[] {
    switch (subscription.status) {
      case "incomplete":
        return [() => subscription.payFirstInvoice()];
      case "paused":
        return [() => subscription.resume(), () => subscription.cancel()];
      case "past_due":
      case "unpaid":
        return [() => subscription.payNow(), () => subscription.cancel()];
      default:
        return [
          (choice) => this.#changeItems(subscription, choice),
          (choice) => this.#changeItems(subscription, choice + 7),
          (choice) => this.#scheduleEnd(subscription, choice),
          (choice) => changeCollection(subscription, choice),
          (choice) => this.#stop(subscription, choice),
        ];
    }
  }

  #changeItems(subscription: SubscriptionLife, choice: number): void {
    const [first, ...others] = subscription.items;
    if (first === undefined) {
      return;
    }
    const added = { ...goods(choice), id: this.journal.newId("si") };
    const isPaid = choice % 4 === 0;
    if (choice % 5 === 0) {
      subscription.change("quantity changed", {
        items: [{ ...first, quantity: 1 + (choice % 7) }, ...others],
      });
    } else if (choice % 5 === 1 && others.length + 1 < MAX_ITEMS) {
      subscription.change("item added", { items: [first, ...others, added] });
    } else if (choice % 5 === 2 && others.length > 0) {
      subscription.change("item removed", { items: others });
    } else if (choice % 5 === 3) {
      subscription.tryChange([{ ...first, ...goods(choice + 1) }, ...others], isPaid);
    } else {
      subscription.change("price changed", {
        items: [{ ...first, ...goods(choice) }, ...others],
      });
    }
  }

  #scheduleEnd(subscription: SubscriptionLife, choice: number): void {
    const hasEnd = subscription.cancelAtSeconds !== null || subscription.cancelAtPeriodEnd;
    if (hasEnd) {
      subscription.change("end withdrawn", { cancelAtSeconds: null, cancelAtPeriodEnd: false });
    } else if (choice % 3 === 0) {
      subscription.change("end at period end", { cancelAtPeriodEnd: true });
    } else if (choice % 3 === 1) {
      subscription.change("end at period end, flexible", {
        cancelAtSeconds: subscription.periodEndSeconds,
      });
    } else {
      subscription.change("end at a date", {
        cancelAtSeconds: this.journal.nowSeconds + 5 * DAY_SECONDS + 23,
      });
    }
  }

  #stop(subscription: SubscriptionLife, choice: number): void {
    if (choice % 2 === 0) {
      subscription.cancel();
    } else if (subscription.status === "active" && choice % 4 === 1) {
      subscription.pause();
    } else if (subscription.status === "active" && subscription.firstPayment === "settled") {
      subscription.giveTrial(5 * DAY_SECONDS + 29);
    }
  }

  #purchase(customer: Customer, choice: number): void {
    const purchase = new PurchaseLife(this.journal, customer.id);
    this.purchases.push(purchase);
    if (choice % 8 === 7) {
      purchase.expire();
    } else {
      purchase.complete(choice % 4 === 3 ? "unpaid" : "paid");
    }
  }

  #reversing(purchase: PurchaseLife): Action[] {
    if (purchase.payment === "unpaid") {
      return [(choice) => purchase.settle(choice % 3 < 2 ? "paid" : "failed")];
    }
    if (purchase.payment !== "paid") {
      return [];
    }
    const pending = purchase.refunds.find(({ status }) => status === "pending");
    const standing = purchase.refunds.find(({ status }) => status !== "failed");
    return [
      (choice) => {
        if (purchase.refundedMinorUnits < 2_000) {
          purchase.refund(choice % 2 === 0 ? 1 : 0.4, choice % 3 === 0 ? "pending" : "succeeded");
        }
      },
      ...(pending === undefined ? [] : [() => purchase.settleRefund(pending)]),
      ...(standing === undefined ? [] : [() => purchase.failRefund(standing)]),
      ...[1, 2].map((_) => (choice: number) => this.#dispute(purchase, choice)),
    ];
  }

  /** What banks and people decide takes them days. */
  #dispute(purchase: PurchaseLife, choice: number): void {
    const next = purchase.nextDisputeStatuses;
    const status = next[choice % next.length];
    if (status === undefined) {
      return;
    }
    if (purchase.dispute === null) {
      purchase.openDispute(status as "needs_response");
    } else {
      this.pass(2 * DAY_SECONDS + 17);
      purchase.turnDispute(status);
    }
  }

  #deleteCustomer(customer: Customer): void {
    customer.isDeleted = true;
    for (const each of this.subscriptions) {
      if (each.customer === customer && !each.isOver) {
        each.cancel();
      }
    }
    this.#delayed = this.#delayed.filter(({ subscription }) => subscription.customer !== customer);
    this.journal.tell("customer.deleted", { id: customer.id, object: "customer" });
    this.journal.note("customer deleted");
  }
}

function changeCollection(subscription: SubscriptionLife, choice: number): void {
  const behaviors = ["void", "keep_as_draft", "mark_uncollectible"] as const;
  const collection = behaviors[choice % behaviors.length] ?? "void";
  subscription.change(
    subscription.collection === null ? `collection paused: ${collection}` : "collection resumed",
    { collection: subscription.collection === null ? collection : null },
  );
  if (subscription.collection === null && choice % 3 > 0) {
    subscription.settleWrittenOff(choice % 3 === 1);
  }
}
