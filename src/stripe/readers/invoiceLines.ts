import { type RawObject, recordOf, recordsOf } from "./fields.ts";

/**
 * The lines inside an invoice: the list `lines`, or in events of 2012 the lines for subscriptions that
 * it kept apart from other ones. Cut where the invoice has more lines than Stripe sends.
 */
export function invoiceLines(invoice: RawObject): RawObject[] {
  return [
    ...recordsOf(invoice["lines"]),
    ...recordsOf(recordOf(invoice["lines"])?.["subscriptions"]),
  ];
}
