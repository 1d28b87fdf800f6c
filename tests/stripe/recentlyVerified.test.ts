import { expect, test } from "vitest";
import { signDelivery } from "../../src/stripe/signDelivery.ts";
import { parseSigningSecrets } from "../../src/stripe/signingSecrets.ts";
import { verifyDelivery, verifyThinDelivery } from "../../src/stripe/verify.ts";

const SECRET = "whsec_recentlyVerified0123456789";
const OTHER = "whsec_anotherSecret0123456789abc";
const NOW_SECONDS = 1_793_491_200;
const body = JSON.stringify({
  id: "evt_again",
  object: "event",
  created: NOW_SECONDS,
  type: "customer.created",
  data: { object: { id: "cus_1", object: "customer" } },
});
const signatureHeader = signDelivery({ body, secret: SECRET, timestampSeconds: NOW_SECONDS });
const secrets = parseSigningSecrets(SECRET);
const nowMs = NOW_SECONDS * 1_000;
const verify = (delivery = { body, signatureHeader }, options = { secrets, nowMs }) =>
  verifyDelivery(delivery, options);

test("the same delivery under the same secrets is verified once", () => {
  expect(verify()).toBe(verify());
});

test("a remembered delivery still grows too old, and is refused then", () => {
  verify();
  const late = { secrets, nowMs: nowMs + 301_000 };
  expect(() => verify(undefined, late)).toThrow("could not be verified");
});

test("what was verified under one secret is not known under others", () => {
  verify();
  const others = { secrets: parseSigningSecrets(OTHER), nowMs };
  expect(() => verify(undefined, others)).toThrow("could not be verified");
});

test("a remembered body under another signature is refused", () => {
  verify();
  const forged = signDelivery({ body, secret: OTHER, timestampSeconds: NOW_SECONDS });
  expect(() => verify({ body, signatureHeader: forged })).toThrow("could not be verified");
});

test("a remembered signature under another body is refused", () => {
  verify();
  const changed = body.replace("cus_1", "cus_2");
  expect(() => verify({ body: changed, signatureHeader })).toThrow("could not be verified");
});

test("a remembered snapshot event is still no thin one", () => {
  verify();
  expect(() => verifyThinDelivery({ body, signatureHeader }, { secrets, nowMs })).toThrow(
    "not a Stripe event",
  );
});

test("hundreds of deliveries later the first one is verified anew", () => {
  const first = verify();
  for (let number = 0; number < 300; number++) {
    const next = body.replace("evt_again", `evt_${number}`);
    const header = signDelivery({ body: next, secret: SECRET, timestampSeconds: NOW_SECONDS });
    verify({ body: next, signatureHeader: header });
  }
  const again = verify();
  expect(again).not.toBe(first);
  expect(again.evidence).toEqual(first.evidence);
});
