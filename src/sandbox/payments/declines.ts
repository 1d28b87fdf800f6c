import type { Behaviour } from "./testMethods.ts";

/** Why a payment was refused, in Stripe's codes and words. */
export interface Decline {
  code:
    | "card_declined"
    | "payment_intent_authentication_failure"
    | "payment_intent_payment_attempt_failed";
  declineCode: string | undefined;
  message: string;
}

const GENERIC: Decline = {
  code: "card_declined",
  declineCode: "generic_decline",
  message: "Your card was declined.",
};

/** The buyer did not pass, or did not try, 3-D Secure. */
export const AUTHENTICATION_FAILED: Decline = {
  code: "payment_intent_authentication_failure",
  declineCode: undefined,
  message:
    "We are unable to authenticate your payment method. Please choose a different payment method and try again.",
};

/** A debit that the bank gave back. */
export const DEBIT_FAILED: Decline = {
  code: "payment_intent_payment_attempt_failed",
  declineCode: "insufficient_funds",
  message: "The customer's bank account has insufficient funds.",
};

/** Why this behaviour refuses a payment, or null when it does not. */
export function declineOf(behaviour: Behaviour): Decline | null {
  switch (behaviour) {
    case "declines":
    case "declines_later":
      return GENERIC;
    case "insufficient_funds":
      return {
        code: "card_declined",
        declineCode: "insufficient_funds",
        message: "Your card has insufficient funds.",
      };
    default:
      return null;
  }
}
