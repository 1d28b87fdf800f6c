import { expect, test } from "vitest";
import { parseSigningSecrets } from "../../src/stripe/signingSecrets.ts";
import { type VerifiedEvent, verifyDelivery } from "../../src/stripe/verify.ts";
import {
  deliveryOf,
  FIXTURE_SECONDS,
  stripeEvent,
  subscription,
  TEST_SIGNING_SECRET,
} from "../fixtures/stripe.ts";

const verified = verifyDelivery(deliveryOf(stripeEvent("x", subscription())), {
  secrets: parseSigningSecrets(TEST_SIGNING_SECRET),
  nowMs: FIXTURE_SECONDS * 1_000,
});

test("only the verifier's own result is a VerifiedEvent to the compiler", () => {
  const genuine: VerifiedEvent = verified;
  expect(genuine).toBe(verified);
});

test("the compiler refuses a verified event made by hand, copied or changed", () => {
  const { event, body, evidence } = verified;
  // @ts-expect-error: a literal with all the fields
  const literal: VerifiedEvent = { event, body, evidence };
  // @ts-expect-error: a copy, into which another body could be put
  const copy: VerifiedEvent = { ...verified, body: "{}" };
  // @ts-expect-error: an unrelated instance
  const inherited: VerifiedEvent = Object.assign(new Error(), { event, body, evidence });
  expect([literal, copy, inherited]).toHaveLength(3);
  // @ts-expect-error: another body for the same evidence
  verified.body = body;
});
