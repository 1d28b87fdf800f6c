import type { JsonObject } from "../../fixtures/stripe.ts";
import { paymentOf } from "./illegalMoves.ts";
import type { TruePurchase, TrueSubscription, TrueWorld } from "./truePlan.ts";

/**
 * What is true after a history of real event objects, in the order in which they happened, for the lives'
 * own {@link truePlan}. Nothing of it is Tollgate's: it takes each event at its word.
 */
export function replayedWorld(events: readonly JsonObject[]): TrueWorld {
  const replay = new Replay();
  for (const event of events) {
    const { object } = event["data"] as { object: JsonObject };
    replay.take(String(event["type"]), object, Number(event["created"]));
  }
  return replay.world();
}

type Replayed = { -readonly [Key in keyof TrueSubscription]: TrueSubscription[Key] };

class Replay {
  readonly #subscriptions = new Map<string, Replayed>();
  readonly #customers = new Map<string, { isDeleted: boolean }>();
  readonly #sessions = new Map<string, JsonObject>();
  readonly #refunds = new Map<string, JsonObject>();
  /** By the payment intent. */
  readonly #disputes = new Map<string, JsonObject>();

  take(type: string, object: JsonObject, createdSeconds: number): void {
    const id = String(object["id"]);
    switch (object["object"]) {
      case "subscription":
        this.#subscriptions.set(id, this.#subscription(object, createdSeconds));
        break;
      case "invoice":
        this.#invoice(object);
        break;
      case "checkout.session":
        this.#session(object, paymentOf(type, object));
        break;
      case "refund":
        this.#refunds.set(id, object);
        break;
      case "dispute":
        this.#disputes.set(String(object["payment_intent"]), object);
        break;
      case "customer":
        this.#customer(id).isDeleted = type === "customer.deleted";
    }
  }

  world(): TrueWorld {
    return {
      subscriptions: [...this.#subscriptions.values()],
      purchases: [...this.#sessions.values()].map((session) => this.#purchase(session)),
    };
  }

  #customer(id: string): { isDeleted: boolean } {
    const known = this.#customers.get(id) ?? { isDeleted: false };
    this.#customers.set(id, known);
    return known;
  }

  #subscription(shown: JsonObject, createdSeconds: number): Replayed {
    const before = this.#subscriptions.get(String(shown["id"]));
    const status = String(shown["status"]);
    const { data } = shown["items"] as { data: ShownItem[] };
    const isBehind = status === "past_due" || status === "unpaid" || status === "paused";
    const since = status === "past_due" ? createdSeconds : null;
    return {
      customer: this.#customer(String(shown["customer"])),
      status,
      items: data.map(({ price, quantity }) => ({
        lookupKey: price.lookup_key ?? "",
        quantity: quantity ?? 0,
      })),
      periodEndSeconds: Math.min(...data.map((item) => item.current_period_end)),
      trialEndSeconds: shown["trial_end"] as number | null,
      cancelAtSeconds: shown["cancel_at"] as number | null,
      cancelAtPeriodEnd: shown["cancel_at_period_end"] === true,
      collection: (shown["pause_collection"] as { behavior: string } | null)?.behavior ?? null,
      behindSinceSeconds: isBehind ? (before?.behindSinceSeconds ?? since) : null,
      firstPayment: before?.firstPayment ?? "settled",
    };
  }

  #invoice({ status, parent }: JsonObject): void {
    const details = (parent as { subscription_details?: JsonObject } | null)?.subscription_details;
    const subscription = this.#subscriptions.get(String(details?.["subscription"]));
    if (status === "paid" && subscription !== undefined) {
      subscription.firstPayment = "settled";
    }
  }

  #session(session: JsonObject, payment: string): void {
    const subscription = this.#subscriptions.get(String(session["subscription"]));
    if (session["mode"] === "payment") {
      this.#sessions.set(String(session["id"]), { ...session, payment });
    } else if (subscription !== undefined && payment === "unpaid") {
      subscription.firstPayment = "pending";
    } else if (subscription?.firstPayment === "pending" && payment === "failed") {
      subscription.firstPayment = "failed";
    }
  }

  #purchase(session: JsonObject): TruePurchase {
    const intent = session["payment_intent"];
    const refunds = [...this.#refunds.values()].filter(
      ({ payment_intent, status }) => payment_intent === intent && status !== "failed",
    );
    const dispute = this.#disputes.get(String(intent));
    return {
      payment: session["payment"] as TruePurchase["payment"],
      amountMinorUnits: Number(session["amount_total"]),
      refundedMinorUnits: refunds.reduce((sum, { amount }) => sum + Number(amount), 0),
      dispute: dispute === undefined ? null : { status: String(dispute["status"]) },
    };
  }
}

interface ShownItem {
  price: { lookup_key: string | null };
  quantity?: number;
  current_period_end: number;
}
