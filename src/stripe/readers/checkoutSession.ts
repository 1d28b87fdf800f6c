import type { CheckoutSessionSnapshot } from "../snapshots.ts";
import { idOf, type RawObject, recordsOf, textOf, wholeNumberOf } from "./fields.ts";
import { sessionPlanIdClaims } from "./planIdClaims.ts";
import { priceReferences } from "./priceReference.ts";
import { UnreadableObjectError } from "./UnreadableObjectError.ts";

/**
 * Reads a Checkout Session of any API version from an event or from the API. Prices come from
 * `line_items` or, before 2020-08-27, `display_items`; events since then carry neither.
 *
 * Sessions recorded before Stripe added `mode`, `payment_status` and `status` are read conservatively:
 * - no `mode`: what the session made (a subscription or a setup intent) tells, else `payment`;
 * - no `payment_status`, or one that is newer than this code: `unpaid`. In 2019 the event
 *   `checkout.session.completed` meant that a card was charged, but the session itself did not say so:
 *   an open one looked the same. Stripe documents that it adds properties without a new version, so what
 *   is delivered today has the field in every version;
 * - no `status`: `complete` if the session is paid, else `open`; one that is newer than this code: `open`.
 *
 * @throws UnreadableObjectError `object_unreadable` without `id`, or with a `mode` newer than this code
 */
export function readCheckoutSession(object: RawObject): CheckoutSessionSnapshot {
  const id = textOf(object["id"]);
  if (id === null) {
    throw new UnreadableObjectError("checkout.session.id");
  }
  const paymentStatus = readPaymentStatus(object["payment_status"]);
  return {
    id,
    mode: readMode(object),
    status: readStatus(object["status"], paymentStatus),
    paymentStatus,
    customerId: idOf(object["customer"]),
    subscriptionId: idOf(object["subscription"]),
    paymentIntentId: idOf(object["payment_intent"]),
    amountTotalMinorUnits: wholeNumberOf(object["amount_total"]),
    planIdClaims: sessionPlanIdClaims(object),
    prices: priceReferences([
      ...recordsOf(object["line_items"]),
      ...recordsOf(object["display_items"]),
    ]),
  };
}

function readPaymentStatus(value: unknown): CheckoutSessionSnapshot["paymentStatus"] {
  return value === "paid" || value === "no_payment_required" ? value : "unpaid";
}

function readMode(session: RawObject): CheckoutSessionSnapshot["mode"] {
  const mode = session["mode"] ?? modeByResult(session);
  if (mode === "payment" || mode === "subscription" || mode === "setup") {
    return mode;
  }
  throw new UnreadableObjectError("checkout.session.mode");
}

function modeByResult(session: RawObject): CheckoutSessionSnapshot["mode"] {
  if (idOf(session["subscription"]) !== null) {
    return "subscription";
  }
  return idOf(session["setup_intent"]) === null ? "payment" : "setup";
}

function readStatus(
  value: unknown,
  paymentStatus: CheckoutSessionSnapshot["paymentStatus"],
): CheckoutSessionSnapshot["status"] {
  const status = value ?? (paymentStatus === "paid" ? "complete" : "open");
  return status === "complete" || status === "expired" ? status : "open";
}
