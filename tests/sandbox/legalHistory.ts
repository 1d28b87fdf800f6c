import type Stripe from "stripe";
import { previousObject } from "../../src/stripe/previousObject.ts";

/**
 * What is wrong with a history of events, oldest first: nothing, for one that Stripe could have sent.
 *
 * Checks the statuses and how they follow each other (facts of Stripe's documentation), that every event
 * about changes leads from the state before to the state it shows, that objects begin with their creation
 * and end with their end, and what every envelope says.
 */
export function flawsOf(events: readonly Stripe.Event[]): string[] {
  const states = new Map<string, Json>();
  const flaws: string[] = [];
  let lastCreated = 0;
  for (const event of events) {
    const object = event.data.object as unknown as Json;
    const before = states.get(keyOf(object));
    const say = (flaw: string) => flaws.push(`${event.type} ${String(object["id"])}: ${flaw}`);
    checkEnvelope(event, lastCreated, say);
    checkBirth(event.type, object, before, say);
    checkChain(event, object, before, say);
    checkMove(object, before, say);
    checkStatus(event.type, object, say);
    lastCreated = event.created;
    states.set(
      keyOf(object),
      event.type === "customer.deleted" ? { ...object, gone: true } : object,
    );
  }
  return flaws;
}

type Json = Record<string, unknown>;
type Say = (flaw: string) => void;

function keyOf(object: Json): string {
  return `${String(object["object"])} ${String(object["id"])}`;
}

function checkEnvelope(event: Stripe.Event, lastCreated: number, say: Say): void {
  const { id, created, livemode, api_version, request, pending_webhooks } = event;
  if (!/^evt_\w{24}$/.test(id) || livemode || api_version !== "2026-10-28.endive") {
    say("the envelope is not of this sandbox");
  }
  if (!Number.isInteger(created) || created < lastCreated) {
    say(`created ${created} after ${lastCreated}`);
  }
  if (!Number.isInteger(pending_webhooks) || request === null || request.id === undefined) {
    say("pending_webhooks or request is missing");
  }
}

/** Types that tell about an object for the first time. */
const BIRTHS: Record<string, string[]> = {
  charge: ["charge.succeeded", "charge.failed", "charge.pending"],
  "checkout.session": ["checkout.session.completed", "checkout.session.expired"],
  customer: ["customer.created"],
  dispute: ["charge.dispute.created"],
  invoice: ["invoice.created"],
  payment_intent: ["payment_intent.created"],
  refund: ["refund.created"],
  setup_intent: ["setup_intent.created"],
  subscription: ["customer.subscription.created"],
};

function checkBirth(type: string, object: Json, before: Json | undefined, say: Say): void {
  const births = BIRTHS[String(object["object"])];
  if (births === undefined) {
    return;
  }
  if (before === undefined && !births.includes(type)) {
    say("told about before its creation");
  }
  if (before !== undefined && type.endsWith(".created")) {
    say("created twice");
  }
  const isOver = ["canceled", "incomplete_expired"].includes(String(before?.["status"]));
  if (object["object"] === "subscription" && isOver) {
    say("told about after its end");
  }
  if (before?.["gone"] === true) {
    say("told about after its end");
  }
}

function checkChain(event: Stripe.Event, object: Json, before: Json | undefined, say: Say): void {
  const previous = event.data.previous_attributes as Json | undefined;
  const isUpdate = event.type.endsWith(".updated");
  if (isUpdate && (previous === undefined || Object.keys(previous).length === 0)) {
    say("updated, and nothing changed");
  }
  if (previous !== undefined && before !== undefined) {
    const put = withoutNulls(previousObject(object, previous));
    if (JSON.stringify(put) !== JSON.stringify(withoutNulls(before))) {
      say(`does not lead from the state before: ${difference(put, withoutNulls(before))}`);
    }
  }
  // What no event tells about must not change either, where Stripe has an event for it.
  const isWatched = ["customer.subscription", "customer"].some((kind) =>
    [`${kind}.deleted`, `${kind}.paused`, `${kind}.resumed`, `${kind}.trial_will_end`].includes(
      event.type,
    ),
  );
  const isSame =
    before !== undefined && difference(withoutNulls(object), withoutNulls(before)) === "";
  if (isWatched && !event.type.endsWith(".deleted") && !isSame) {
    say("shows a change that no event told about");
  }
}

/** From which status an object may come to which; what is not here stays as it is. */
const MOVES: Record<string, Record<string, string[]>> = {
  subscription: {
    incomplete: ["active", "trialing", "incomplete_expired", "canceled"],
    trialing: ["active", "past_due", "paused", "canceled", "unpaid"],
    active: ["trialing", "past_due", "unpaid", "paused", "canceled"],
    past_due: ["active", "trialing", "unpaid", "paused", "canceled"],
    unpaid: ["active", "past_due", "paused", "canceled"],
    paused: ["active", "past_due", "canceled"],
  },
  invoice: {
    draft: ["open"],
    open: ["paid", "void", "uncollectible"],
    uncollectible: ["paid", "void"],
  },
  payment_intent: {
    requires_payment_method: ["requires_action", "processing", "succeeded", "canceled"],
    requires_confirmation: [
      "requires_payment_method",
      "requires_action",
      "processing",
      "succeeded",
      "canceled",
    ],
    requires_action: ["requires_payment_method", "processing", "succeeded", "canceled"],
    processing: ["requires_payment_method", "succeeded"],
  },
  setup_intent: {
    requires_payment_method: ["requires_action", "succeeded", "canceled"],
    requires_confirmation: ["requires_payment_method", "requires_action", "succeeded", "canceled"],
    requires_action: ["requires_payment_method", "succeeded", "canceled"],
  },
  charge: { pending: ["succeeded", "failed"] },
  refund: { pending: ["succeeded", "failed", "canceled"], succeeded: ["failed"] },
  dispute: { needs_response: ["under_review", "won", "lost"], under_review: ["won", "lost"] },
  "checkout.session": {},
};

function checkMove(object: Json, before: Json | undefined, say: Say): void {
  const moves = MOVES[String(object["object"])];
  const [was, is] = [String(before?.["status"]), String(object["status"])];
  if (moves !== undefined && before !== undefined && was !== is && !moves[was]?.includes(is)) {
    say(`moved from ${was} to ${is}`);
  }
  if (
    before !== undefined &&
    before["customer"] !== null &&
    object["customer"] !== before["customer"]
  ) {
    if (object["object"] === "subscription" || object["object"] === "invoice") {
      say("changed its customer");
    }
  }
}

/** The status that an event of a type must show. */
const STATUSES: Record<string, string[]> = {
  "customer.subscription.created": ["active", "incomplete", "trialing"],
  "customer.subscription.deleted": ["canceled"],
  "customer.subscription.paused": ["paused"],
  "customer.subscription.resumed": ["active"],
  "customer.subscription.trial_will_end": ["trialing"],
  "invoice.created": ["draft"],
  "invoice.finalized": ["open"],
  "invoice.paid": ["paid"],
  "invoice.payment_succeeded": ["paid"],
  "invoice.payment_failed": ["open", "uncollectible"],
  "invoice.voided": ["void"],
  "invoice.marked_uncollectible": ["uncollectible"],
  "payment_intent.succeeded": ["succeeded"],
  "payment_intent.processing": ["processing"],
  "payment_intent.payment_failed": ["requires_payment_method"],
  "payment_intent.requires_action": ["requires_action"],
  "payment_intent.canceled": ["canceled"],
  "charge.succeeded": ["succeeded"],
  "charge.pending": ["pending"],
  "charge.failed": ["failed"],
  "checkout.session.completed": ["complete"],
  "checkout.session.expired": ["expired"],
  "refund.failed": ["failed"],
  "charge.dispute.created": ["needs_response"],
  "charge.dispute.closed": ["won", "lost"],
};

function checkStatus(type: string, object: Json, say: Say): void {
  const expected = STATUSES[type];
  if (expected !== undefined && !expected.includes(String(object["status"]))) {
    say(`shows the status ${String(object["status"])}`);
  }
}

/** A missing key and `null` are the same to `previous_attributes`; the order of keys is nothing. */
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

function difference(a: unknown, b: unknown): string {
  const [left, right] = [a as Json, b as Json];
  return [...new Set([...Object.keys(left), ...Object.keys(right)])]
    .filter((key) => JSON.stringify(left[key]) !== JSON.stringify(right[key]))
    .join(", ");
}
