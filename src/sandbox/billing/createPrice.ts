import { z } from "zod";
import { amount, currency, integer, mergeMetadata } from "../api/parameters.ts";
import type { Price } from "../entities.ts";
import { newPrice } from "../formatters/newPrice.ts";
import { invalidRequest } from "../StripeError.ts";
import type { World } from "../state/World.ts";

export const interval = z.enum(["day", "week", "month", "year"]);

/** A price without its product, as it is also given inline. */
export const priceData = {
  currency,
  unit_amount: amount,
  recurring: z
    .strictObject({
      interval,
      interval_count: integer.pipe(z.int().min(1).max(36)).optional(),
      usage_type: z.enum(["licensed"]).optional(),
    })
    .optional(),
};

/**
 * Adds a price.
 *
 * @throws StripeError when the lookup key is another price's and is not to be transferred
 */
export function createPrice(
  world: World,
  given: {
    product: string;
    currency: string;
    unit_amount: number;
    recurring?:
      | { interval: z.output<typeof interval>; interval_count?: number | undefined }
      | undefined;
    lookup_key?: string | undefined;
    nickname?: string | null | undefined;
    active?: boolean | undefined;
    metadata?: Record<string, string> | null | undefined;
    transfer_lookup_key?: boolean | undefined;
  },
): Price {
  freeLookupKey(world, given.lookup_key, given.transfer_lookup_key === true, null);
  const price = newPrice({
    id: world.newId("price"),
    createdSeconds: world.nowSeconds(),
    product: given.product,
    currency: given.currency,
    unitAmount: given.unit_amount,
    recurring:
      given.recurring === undefined
        ? null
        : {
            interval: given.recurring.interval,
            intervalCount: given.recurring.interval_count ?? 1,
          },
    lookupKey: given.lookup_key,
    nickname: given.nickname,
    active: given.active,
    metadata: mergeMetadata({}, given.metadata),
  });
  return world.insert("prices", price, "price.created");
}

/** Takes a lookup key from its price, or refuses to. @throws StripeError */
export function freeLookupKey(
  world: World,
  key: string | undefined,
  isTransferred: boolean,
  ownId: string | null,
): void {
  const holder = world.store
    .all("prices")
    .find(({ id, lookup_key }) => key !== undefined && lookup_key === key && id !== ownId);
  if (holder === undefined) {
    return;
  }
  if (!isTransferred) {
    throw invalidRequest(
      `A price (\`${holder.id}\`) already uses that lookup key. Set \`transfer_lookup_key=true\` to move it.`,
      { param: "lookup_key" },
    );
  }
  world.update("prices", holder.id, { lookup_key: null }, "price.updated");
}
