import type { JsonObject } from "../../fixtures/stripe.ts";
import { formerValues } from "./formerValues.ts";
import { type Kind, nextStatuses, STATUS_TOLD_BY } from "./transitions.ts";

/**
 * What no life of this folder could have told of events in the order in which they happened; nothing for a
 * legal history. Real event objects are held against the lives' own rules: their transitions, what a type
 * tells, and what an event shows of the state before.
 */
export function illegalMoves(events: readonly JsonObject[]): string[] {
  const known = new Known();
  return events.flatMap((event) => {
    const { object, previous_attributes: previous } = event["data"] as Record<string, JsonObject>;
    const kind = KINDS[String(object?.["object"])];
    if (object === undefined || kind === undefined) {
      return [];
    }
    const type = String(event["type"]);
    const status = kind === "payment" ? paymentOf(type, object) : String(object["status"]);
    const told: Told = { kind, type, object, status, previous: previous ?? null };
    const flaws = kind === "customer" ? known.flawsOfCustomer(told) : known.flawsOf(told);
    known.learn(told);
    return flaws.map((flaw) => `${type} ${String(object["id"])}: ${flaw}`);
  });
}

/** Of a Checkout Session's event: what became of its payment. */
export function paymentOf(type: string, { payment_status }: JsonObject): string {
  const [, outcome] = /(expired|failed)$/.exec(type) ?? [];
  return outcome ?? String(payment_status);
}

interface Told {
  kind: Kind | "customer";
  type: string;
  object: JsonObject;
  status: string;
  previous: JsonObject | null;
}

const KINDS: Record<string, Told["kind"] | undefined> = {
  customer: "customer",
  "checkout.session": "payment",
  dispute: "dispute",
  invoice: "invoice",
  refund: "refund",
  subscription: "subscription",
};

/** What a cancellation changes beside the status; no other event may change anything unsaid. */
const CHANGED_BY_END = ["canceled_at", "cancellation_details", "ended_at", "status"];

/**
 * A change of status that needs this to have been told of an invoice of the subscription. Nothing is needed to
 * leave `incomplete`: Stripe activates a subscription while a bank debit for it is still under way.
 */
const NEEDED: Record<string, string | undefined> = {
  "active > past_due": "invoice.payment_failed",
};

/** Whatever an attempt to pay does to the status is told by an event before these. */
const TELL_OF_ATTEMPTS = ["invoice.payment_failed", "invoice.payment_succeeded"];

/** What was told so far. */
class Known {
  readonly #objects = new Map<string, Told>();
  readonly #invoiceTypes = new Map<string, Set<string>>();

  learn(told: Told): void {
    this.#objects.set(idOf(told.object), told);
    const subscription = subscriptionOf(told.object);
    if (told.kind === "invoice" && subscription !== null) {
      const types = this.#invoiceTypes.get(subscription) ?? new Set();
      this.#invoiceTypes.set(subscription, types.add(told.type));
    }
  }

  flawsOf(told: Told): string[] {
    const before = this.#objects.get(idOf(told.object));
    const from = before?.status ?? "none";
    const flaws: string[] = [];
    if (from !== told.status && !nextStatuses(told.kind as Kind, from).includes(told.status)) {
      flaws.push(`from ${from} to ${told.status}`);
    }
    if (from !== told.status && TELL_OF_ATTEMPTS.includes(told.type)) {
      flaws.push(`comes to ${told.status} untold`);
    }
    if (STATUS_TOLD_BY[told.type]?.includes(told.status) === false) {
      flaws.push(`tells the status ${told.status}`);
    }
    if (told.type.endsWith(".created") !== (before === undefined) && told.kind !== "payment") {
      flaws.push(before === undefined ? "told before its creation" : "created again");
    }
    return [
      ...flaws,
      ...(told.kind === "subscription" ? this.#flawsOfSubscription(told, before) : []),
      ...(told.kind === "invoice" ? this.#flawsOfInvoice(told.object) : []),
    ];
  }

  /** A customer goes when the subscriptions have ended. */
  flawsOfCustomer({ type, object }: Told): string[] {
    const isLeft = [...this.#objects.values()].some(
      ({ kind, object: { customer }, status }) =>
        kind === "subscription" && customer === object["id"] && !isOver(status),
    );
    return type === "customer.deleted" && isLeft ? ["leaves a subscription"] : [];
  }

  #flawsOfSubscription(told: Told, before: Told | undefined): string[] {
    if (before === undefined) {
      return this.#objects.get(String(told.object["customer"]))?.type === "customer.deleted"
        ? ["begins without its customer"]
        : [];
    }
    if (isOver(before.status)) {
      return ["told after its end"];
    }
    const needed = NEEDED[`${before.status} > ${told.status}`];
    const types = this.#invoiceTypes.get(idOf(told.object));
    return [
      ...(needed !== undefined && types?.has(needed) !== true ? [`comes without ${needed}`] : []),
      ...flawsOfChange(told, before.object),
    ];
  }

  #flawsOfInvoice(invoice: JsonObject): string[] {
    const subscription = subscriptionOf(invoice);
    return subscription === null || this.#objects.has(subscription)
      ? []
      : ["told before its subscription"];
  }
}

/** Whether an event says what it changed: `previous_attributes` are what the lives would put there. */
function flawsOfChange({ type, object, previous }: Told, before: JsonObject): string[] {
  const changed = withoutNulls(formerValues(before, object));
  if (type === "customer.subscription.updated") {
    const said = withoutNulls(previous ?? {});
    const isSaid = JSON.stringify(said) === JSON.stringify(changed);
    return isSaid ? [] : [`changed ${JSON.stringify(changed)}, and says ${JSON.stringify(said)}`];
  }
  const allowed = type === "customer.subscription.deleted" ? CHANGED_BY_END : [];
  const unsaid = Object.keys(formerValues(before, object)).filter((key) => !allowed.includes(key));
  return unsaid.length === 0 ? [] : [`changes unsaid: ${unsaid.join(", ")}`];
}

function isOver(status: string): boolean {
  return nextStatuses("subscription", status).length === 0;
}

function idOf(object: JsonObject): string {
  return String(object["id"]);
}

function subscriptionOf(invoice: JsonObject): string | null {
  const parent = invoice["parent"] as { subscription_details?: JsonObject } | null | undefined;
  return (parent?.subscription_details?.["subscription"] as string | undefined) ?? null;
}

/** With keys in order; a key that is missing and one that is null are the same. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(withoutNulls);
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, part]) => part !== null)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, part]) => [key, withoutNulls(part)]),
  );
}
