/** Stripe keeps live and test data apart; ids of one mean nothing in the other. */
export type StripeMode = "test" | "live";

/**
 * The mode a deployment works in: as told, else as the secret key's prefix says, else test.
 *
 * @throws StripeModeError `stripe_mode_invalid` when told anything but "test" or "live", or when the key
 *   is of the other mode
 */
export function readStripeMode(
  told: string | undefined,
  secretKey: string | undefined,
): StripeMode {
  const modeOfKey = /^[rs]k_(test|live)_/.exec(secretKey ?? "")?.[1] as StripeMode | undefined;
  if (told === undefined) {
    return modeOfKey ?? "test";
  }
  if (told !== "test" && told !== "live") {
    throw new StripeModeError("STRIPE_MODE must be test or live.");
  }
  if (modeOfKey !== undefined && modeOfKey !== told) {
    throw new StripeModeError(
      `STRIPE_MODE is ${told}, but STRIPE_SECRET_KEY is a ${modeOfKey} mode key. Use a key of the same mode.`,
    );
  }
  return told;
}

/** The mode is not one of Stripe's, or contradicts the secret key. */
export class StripeModeError extends Error {
  readonly code = "stripe_mode_invalid";
  override readonly name = "StripeModeError";
}

/** The mode of an event or object. */
export function modeOf(livemode: boolean): StripeMode {
  return livemode ? "live" : "test";
}
