/** What a test number does when money is asked of it. */
export type Behaviour =
  | "succeeds"
  | "declines"
  | "insufficient_funds"
  | "authenticates"
  | "is_disputed"
  /** Can be saved, and declines every payment. */
  | "declines_later"
  | "refunds_later"
  | "fails_refunds_later"
  /** Takes three minutes, then succeeds. */
  | "settles"
  /** Takes three minutes, then fails. */
  | "bounces";

export interface TestMethod {
  type: "card" | "sepa_debit";
  number: string;
  last4: string;
  behaviour: Behaviour;
  /** For the hosted pages. */
  label: string;
  /** The ready-made id that Stripe has for it, or one in the same style. */
  readyMadeId: string;
}

/** Stripe's test numbers that the sandbox knows. Any other is refused. */
export const TEST_METHODS: readonly TestMethod[] = [
  card("4242424242424242", "succeeds", "succeeds", "pm_card_visa"),
  card("4000000000000002", "declines", "is declined", "pm_card_visa_chargeDeclined"),
  card(
    "4000000000009995",
    "insufficient_funds",
    "has insufficient funds",
    "pm_card_visa_chargeDeclinedInsufficientFunds",
  ),
  card("4000000000003220", "authenticates", "asks for 3-D Secure", "pm_card_threeDSecure2Required"),
  card("4000000000000259", "is_disputed", "is disputed after payment", "pm_card_createDispute"),
  card(
    "4000000000000341",
    "declines_later",
    "can be saved, then declines",
    "pm_card_chargeCustomerFail",
  ),
  card("4000000000007726", "refunds_later", "refunds are pending first", "pm_card_pendingRefund"),
  card("4000000000005126", "fails_refunds_later", "refunds fail later", "pm_card_refundFail"),
  sepa("AT321904300235473204", "settles", "succeeds after 3 minutes", "pm_sepa_debit_settles"),
  sepa("AT051904300235473205", "bounces", "fails after 3 minutes", "pm_sepa_debit_bounces"),
];

/** The method of a number, with or without blanks, or of a ready-made id. */
export function testMethodOf(numberOrId: string): TestMethod | undefined {
  const compact = numberOrId.replaceAll(" ", "");
  return TEST_METHODS.find(
    ({ number, readyMadeId }) => number === compact || readyMadeId === compact,
  );
}

/** What a kept payment method does. */
export function behaviourOf(method: {
  card?: { last4: string };
  sepa_debit?: { last4: string | null };
}): Behaviour {
  const last4 = method.card?.last4 ?? method.sepa_debit?.last4;
  const known = TEST_METHODS.find((candidate) => candidate.last4 === last4);
  if (known === undefined) {
    throw new Error(`no test method ends in ${last4}`);
  }
  return known.behaviour;
}

function card(number: string, behaviour: Behaviour, what: string, readyMadeId: string): TestMethod {
  const spaced = number.replaceAll(/(.{4})(?=.)/g, "$1 ");
  const last4 = number.slice(-4);
  return { type: "card", number, last4, behaviour, label: `Card ${spaced}: ${what}`, readyMadeId };
}

function sepa(number: string, behaviour: Behaviour, what: string, readyMadeId: string): TestMethod {
  const label = `SEPA test debit ${number}: ${what}`;
  return { type: "sepa_debit", number, last4: number.slice(-4), behaviour, label, readyMadeId };
}
