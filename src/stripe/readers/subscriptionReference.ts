import { idOf, type RawObject, recordOf, textOf } from "./fields.ts";
import { invoiceLines } from "./invoiceLines.ts";

/**
 * The id of the subscription that an invoice, or any other object with such a field, belongs to:
 * `parent.subscription_details.subscription`, before 2025-03-31.basil `subscription`, else that of the
 * first invoice line that has one. `null` if there is none.
 */
export function subscriptionReference(object: RawObject): string | null {
  const details = recordOf(recordOf(object["parent"])?.["subscription_details"]);
  const ids = [
    idOf(details?.["subscription"]),
    idOf(object["subscription"]),
    ...invoiceLines(object).map(lineSubscriptionId),
  ];
  return ids.find((id) => id !== null) ?? null;
}

function lineSubscriptionId(line: RawObject): string | null {
  const details = recordOf(recordOf(line["parent"])?.["subscription_item_details"]);
  return idOf(details?.["subscription"]) ?? idOf(line["subscription"]) ?? idOfOldLine(line);
}

/** Before 2019-12-03 the id of a line for a subscription was the subscription's own (`sub_…`, `su_…`). */
function idOfOldLine(line: RawObject): string | null {
  const id = textOf(line["id"]);
  return line["type"] === "subscription" && id !== null && /^sub?_/.test(id) ? id : null;
}
