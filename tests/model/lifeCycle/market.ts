export const DAY_SECONDS = 24 * 3_600;

export interface Customer {
  id: string;
  cardWorks: boolean;
  isDeleted: boolean;
}

/** The settings of a Stripe account that decide how a subscription goes on. */
export interface AccountSettings {
  afterRetries: "canceled" | "unpaid" | "past_due" | "paused";
  trialWithoutCard: "paused" | "canceled" | "active";
}

export interface Bought {
  lookupKey: string;
  quantity: number;
}

/** One of the things that are on sale; the catalog does not know the poster. */
export function goods(choice: number): Bought {
  const lookupKeys = [
    "professional_monthly",
    "enterprise_monthly",
    "professional_yearly",
    "poster",
  ];
  return {
    lookupKey: lookupKeys[choice % lookupKeys.length] ?? "poster",
    quantity: 1 + (choice % 5),
  };
}
