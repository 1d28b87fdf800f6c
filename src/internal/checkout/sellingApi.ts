import { openStripeApi, StripeAnswerError, type StripeApi } from "../recovery/stripeApi.ts";
import { refusal } from "../refusal.ts";

export type SellingApi = StripeApi["stripe"];

/** Everything that one checkout or portal asks of Stripe is over after this long. */
export const SELLING_MS = 12_000;

/** How long one of its requests may take. */
const REQUEST_MS = 6_000;

/** The SDK repeats a request that got lost this often, with the same idempotency key. */
const RETRIES = 1;

/** Objects of one list that are looked at. Whoever has more is not served, rather than served wrongly. */
export const MAX_LISTED = 1_000;

/** Stripe's API for somebody who waits for a page. @throws ConvexError `stripe_key_missing` */
export function openSellingApi(endsAtMs: number): SellingApi {
  return openStripeApi({ timeoutMs: REQUEST_MS, maxRetries: RETRIES, endsAtMs }).stripe;
}

/** Which page of a list is asked for. */
export interface PageRequest {
  limit: number;
  starting_after?: string;
}

const PAGE_SIZE = 100;

/**
 * Every object of a list, page after page.
 *
 * @throws ConvexError `too_many_objects` beyond {@link MAX_LISTED}; StripeAnswerError for a page that is none;
 *   whatever `readPage` throws
 */
export async function* listed<Item extends { id: string }>(
  readPage: (page: PageRequest) => PromiseLike<{ data: Item[]; has_more: boolean }>,
): AsyncGenerator<Item> {
  let count = 0;
  let page: PageRequest | null = { limit: PAGE_SIZE };
  while (page !== null) {
    const { data, has_more } = await readPage(page);
    if (!Array.isArray(data)) {
      throw notAsExpected();
    }
    for (const item of data) {
      requireText(item?.id);
      count += 1;
      if (count > MAX_LISTED) {
        throw refusal(
          "too_many_objects",
          `Stripe lists more than ${MAX_LISTED} for this customer.`,
        );
      }
      yield item;
    }
    page = has_more ? { limit: PAGE_SIZE, starting_after: requireText(data.at(-1)?.id) } : null;
  }
}

/** A text of Stripe's answer that has to be there. @throws StripeAnswerError */
export function requireText(value: unknown): string {
  if (typeof value !== "string" || value === "") {
    throw notAsExpected();
  }
  return value;
}

function notAsExpected(): StripeAnswerError {
  return new StripeAnswerError("An answer of Stripe's API lacks what it must have.");
}
