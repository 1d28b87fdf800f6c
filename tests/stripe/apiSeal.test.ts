import { createHash, createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { apiSealKey, sealApiText } from "../../src/stripe/apiSeal.ts";
import { parseSigningSecrets } from "../../src/stripe/signingSecrets.ts";
import { verifyDelivery, verifySealed } from "../../src/stripe/verify.ts";
import {
  deliveryOf,
  FIXTURE_SECONDS,
  stripeEvent,
  subscription,
  TEST_SIGNING_SECRET,
} from "../fixtures/stripe.ts";

const SECRET_KEY = "sk_test_onlyForTests0123456789";
const NOW_MS = FIXTURE_SECONDS * 1_000;
const BODY = JSON.stringify(stripeEvent("customer.subscription.updated", subscription()));
const seal = sealApiText(BODY, SECRET_KEY, NOW_MS);

const verify = (changes: Partial<{ body: string; seal: string }> = {}, secretKey = SECRET_KEY) =>
  verifySealed({ body: BODY, seal, ...changes }, { secretKey, nowMs: NOW_MS });

describe("V7 a text that was read from Stripe's API", () => {
  test("is verified by its seal, and the evidence says where it came from", () => {
    const { event, body, evidence } = verify();
    const key = apiSealKey(SECRET_KEY);
    expect(body).toBe(BODY);
    expect(event.type).toBe("customer.subscription.updated");
    expect(evidence).toEqual({
      provenance: "api",
      signatureTimestampSeconds: FIXTURE_SECONDS,
      signature: createHmac("sha256", key).update(`${FIXTURE_SECONDS}.${BODY}`).digest("hex"),
      secretFingerprint: createHash("sha256").update(key).digest("hex").slice(0, 12),
      bodySha256: createHash("sha256").update(BODY).digest("hex"),
    });
    expect(JSON.stringify(evidence)).not.toContain(SECRET_KEY.slice(0, 12));
  });

  test.each([
    ["its body was changed", () => verify({ body: `${BODY} ` })],
    ["its seal was changed", () => verify({ seal: seal.replace(/.$/, "g") })],
    ["it has no seal", () => verify({ seal: "" })],
    ["it was sealed with another key", () => verify({}, "sk_test_another0123456789abcdef")],
    [
      "it was signed as a delivery",
      () =>
        verify({ seal: deliveryOf(BODY, { timestampSeconds: FIXTURE_SECONDS }).signatureHeader }),
    ],
    [
      "it was signed with the API key itself",
      () =>
        verify({
          seal: deliveryOf(BODY, { secret: SECRET_KEY, timestampSeconds: FIXTURE_SECONDS })
            .signatureHeader,
        }),
    ],
    [
      "the seal is older than five minutes",
      () => verify({ seal: sealApiText(BODY, SECRET_KEY, NOW_MS - 301_000) }),
    ],
  ])("is refused when %s", (_, attempt) => {
    expect(attempt).toThrow("could not be verified");
  });

  test("is no delivery: the webhook endpoint's secrets do not verify a seal", () => {
    const secrets = parseSigningSecrets(TEST_SIGNING_SECRET);
    expect(() =>
      verifyDelivery({ body: BODY, signatureHeader: seal }, { secrets, nowMs: NOW_MS }),
    ).toThrow("could not be verified");
  });
});
