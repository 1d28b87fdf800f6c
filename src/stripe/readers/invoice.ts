import type { InvoiceSnapshot } from "../snapshots.ts";
import { idOf, type RawObject, recordOf, textOf, wholeNumberOf } from "./fields.ts";
import { invoiceLines } from "./invoiceLines.ts";
import { invoicePlanIdClaim } from "./planIdClaims.ts";
import { priceReferences } from "./priceReference.ts";
import { subscriptionReference } from "./subscriptionReference.ts";
import { UnreadableObjectError } from "./UnreadableObjectError.ts";

/**
 * Reads an invoice of any API version from an event or from the API. `prices` are those of all lines
 * inside, prorations included, and may be cut where the invoice has more lines than Stripe sends.
 *
 * Before 2018-11-08 there was no `status`; Stripe's changelog gives its meaning in the older fields:
 * `paid`; `forgiven` (now `uncollectible`); `closed`, which only stopped the collection of an open
 * invoice. One that was neither attempted nor closed was a draft. A deleted draft reads as `void`.
 *
 * @throws UnreadableObjectError `object_unreadable` with a `status` that is newer than this code
 */
export function readInvoice(object: RawObject): InvoiceSnapshot {
  return {
    id: textOf(object["id"]),
    customerId: idOf(object["customer"]),
    subscriptionId: subscriptionReference(object),
    status: readStatus(object),
    attemptCount: wholeNumberOf(object["attempt_count"]) ?? 0,
    createdSeconds: wholeNumberOf(object["created"] ?? object["date"]),
    periodEndSeconds: lastPeriodEndSeconds(object),
    prices: priceReferences(invoiceLines(object)),
    planIdClaim: invoicePlanIdClaim(object),
  };
}

/** The invoice's own `period_end` is another one: that of the usage which it looks back at. */
function lastPeriodEndSeconds(invoice: RawObject): number | null {
  const ends = invoiceLines(invoice)
    .map((line) => wholeNumberOf(recordOf(line["period"])?.["end"]))
    .filter((end) => end !== null);
  return ends.length === 0 ? null : Math.max(...ends);
}

function readStatus(invoice: RawObject): InvoiceSnapshot["status"] {
  const status: unknown = invoice["status"] ?? statusByOlderFields(invoice);
  switch (status) {
    case "draft":
    case "open":
    case "paid":
    case "uncollectible":
    case "void":
      return status;
    case "deleted":
      return "void";
    default:
      throw new UnreadableObjectError("invoice.status");
  }
}

function statusByOlderFields(invoice: RawObject): InvoiceSnapshot["status"] {
  if (invoice["paid"] === true) {
    return "paid";
  }
  if (invoice["forgiven"] === true) {
    return "uncollectible";
  }
  return invoice["closed"] === true || invoice["attempted"] === true ? "open" : "draft";
}
