import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { signDelivery } from "../../src/stripe/signDelivery.ts";
import { parseSigningSecrets } from "../../src/stripe/signingSecrets.ts";
import { verifyDelivery } from "../../src/stripe/verify.ts";
import { customer, stripeEvent } from "../fixtures/stripe.ts";

const SECRET = "whsec_test0123456789abcdef";

describe("signing a delivery", () => {
  test("makes the header that Stripe documents", () => {
    const signature = createHmac("sha256", SECRET).update("1700000000.{}").digest("hex");
    expect(signDelivery({ body: "{}", secret: SECRET, timestampSeconds: 1_700_000_000 })).toBe(
      `t=1700000000,v1=${signature}`,
    );
  });

  test("is undone by verifying, whatever the event says", () => {
    const body = JSON.stringify(
      stripeEvent("customer.created", customer({ name: "Zoë 🦜\u2028" })),
    );
    const signatureHeader = signDelivery({ body, secret: SECRET, timestampSeconds: 1_700_000_000 });
    const secrets = parseSigningSecrets(SECRET);
    expect(
      verifyDelivery({ body, signatureHeader }, { secrets, nowMs: 1_700_000_000_000 }).body,
    ).toBe(body);
  });

  test.each([0, -1, 1.5, Number.NaN, Number.MAX_VALUE])(
    "refuses %s as a time instead of taking it for now",
    (timestampSeconds) => {
      expect(() => signDelivery({ body: "{}", secret: SECRET, timestampSeconds })).toThrow(
        RangeError,
      );
    },
  );
});
