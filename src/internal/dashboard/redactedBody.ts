/** In place of what is not shown. */
const REDACTED = "[redacted]";

/** Fields whose texts are one of a few words of Stripe's. */
const WORDS: ReadonlySet<string> = new Set([
  "object",
  "type",
  "status",
  "mode",
  "currency",
  "api_version",
  "billing_reason",
  "behavior",
  "cancellation_reason",
  "collection_method",
  "interval",
  "lookup_key",
  "payment_status",
  "reason",
  "source",
]);

/** Fields below which everything is about a person or their means of payment. */
const PERSONAL =
  /address|billing_details|customer_details|payment_method_details|shipping|tax_ids|card|bank/;

/** How Stripe's ids look: a prefix, and at least six characters that no word has. */
const ID = /^[a-z]{2,12}(?:_(?:test|live))?_[A-Za-z0-9]{6,}$/;

/**
 * An event's body with its numbers, ids and states and without anything that a person wrote or is known by.
 * Redacts what is not known to be harmless: a field that Stripe adds is redacted at first.
 *
 * @param body JSON
 * @returns JSON, indented
 */
export function redactedBody(body: string): string {
  return JSON.stringify(redact(JSON.parse(body), "", false), null, 2);
}

function redact(value: unknown, field: string, isPersonal: boolean): unknown {
  if (Array.isArray(value)) {
    return value.map((each) => redact(each, field, isPersonal));
  }
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([name, each]) => [
        name,
        redact(each, name, isPersonal || PERSONAL.test(name)),
      ]),
    );
  }
  if (value === null || typeof value === "boolean" || value === "") {
    return value;
  }
  const isHarmless =
    typeof value === "number" ? !isPersonal : ID.test(String(value)) || WORDS.has(field);
  return isHarmless ? value : REDACTED;
}
