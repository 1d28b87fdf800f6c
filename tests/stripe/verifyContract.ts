import { createHash } from "node:crypto";
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { NotAnEventError } from "../../src/stripe/event.ts";
import { SignatureNotVerifiedError } from "../../src/stripe/SignatureNotVerifiedError.ts";
import { SIGNATURE_HEADER_MAX_LENGTH } from "../../src/stripe/signatureHeader.ts";
import {
  TOLERANCE_SECONDS,
  TOLERANCE_SECONDS_MAX,
  verifyDelivery,
} from "../../src/stripe/verify.ts";
import { stripeEvent } from "../fixtures/stripe.ts";
import {
  BODY,
  EVENT,
  errorOf,
  expectRefusal,
  FOREIGN_SECRET,
  GOOD,
  HEADER,
  hmac,
  hmacOf,
  NEW_SECRET,
  OLD_SECRET,
  SECRETS,
  T,
  verify,
} from "./handSigned.ts";

/**
 * What `verifyDelivery` promises, whichever build of the SDK is loaded.
 */
export function describeVerification(build: string): void {
  describe(`V1 verifying a delivery with the SDK's ${build} build`, () => {
    describeAcceptance();
    describeRefusals();
    describeTolerance();
    describeBodies();
  });
}

function describeAcceptance(): void {
  test("gives the event, the very body, and the evidence", () => {
    const verified = verify();
    expect(verified.body).toBe(BODY);
    expect(verified.event).toMatchObject({
      id: EVENT["id"],
      type: "customer.subscription.updated",
      objectType: "subscription",
    });
    expect(verified.evidence).toEqual({
      provenance: "webhook",
      signatureTimestampSeconds: T,
      signature: hmac(BODY),
      secretFingerprint: createHash("sha256").update(NEW_SECRET).digest("hex").slice(0, 12),
      bodySha256: createHash("sha256").update(BODY).digest("hex"),
    });
  });

  test("accepts either secret while one is rolled, and tells by which", () => {
    for (const [index, secret] of [NEW_SECRET, OLD_SECRET].entries()) {
      const verified = verify({ signatureHeader: `t=${T},v1=${hmac(BODY, secret)}` });
      expect(verified.evidence.secretFingerprint).toBe(SECRETS[index]?.fingerprint);
    }
  });

  test("accepts one signature per secret in one header, with foreign ones between", () => {
    const header = [FOREIGN_SECRET, OLD_SECRET, NEW_SECRET].map(
      (secret) => `v1=${hmac(BODY, secret)}`,
    );
    expect(verify({ signatureHeader: `t=${T},${header.join(",")}` }).evidence.signature).toBe(
      hmac(BODY, NEW_SECRET),
    );
  });

  test("accepts elements in any order and ignores v0 and unknown schemes", () => {
    const signatureHeader = `v0=${"0".repeat(64)},v2=,x,${GOOD}, t=1,=,,ed25519=a=b,t=${T},`;
    expect(verify({ signatureHeader }).evidence.signature).toBe(hmac(BODY));
  });
}

function describeRefusals(): void {
  test.each([
    ["no header", null, "missing_header"],
    ["an empty header", "", "missing_header"],
    ["no t", GOOD, "malformed_header"],
    ["no v1", `t=${T}`, "malformed_header"],
    ["an empty t", `t=,${GOOD}`, "malformed_header"],
    ["a t without a value", `t,${GOOD}`, "malformed_header"],
    ["a t that only begins with digits", `t=${T}xyz,${GOOD}`, "malformed_header"],
    ["a t with a leading zero", `t=0${T},${GOOD}`, "malformed_header"],
    ["a t with a sign", `t=+${T},${GOOD}`, "malformed_header"],
    ["a negative t", `t=-${T},${GOOD}`, "malformed_header"],
    ["a t in exponent form", `t=1e9,${GOOD}`, "malformed_header"],
    ["a t beyond all numbers", `t=${"9".repeat(400)},${GOOD}`, "malformed_header"],
    ["the same t twice", `t=${T},t=${T},${GOOD}`, "malformed_header"],
    ["an old t before the good one", `t=1,t=${T},${GOOD}`, "malformed_header"],
    ["an empty v1 beside the good one", `t=${T},v1=,${GOOD}`, "malformed_header"],
    ["a v1 without a value beside the good one", `t=${T},v1,${GOOD}`, "malformed_header"],
    ["a short v1 beside the good one", `t=${T},v1=abc,${GOOD}`, "malformed_header"],
    ["a second = in the v1", `${HEADER}=`, "malformed_header"],
    ["upper-case digits", `t=${T},v1=${hmac(BODY).toUpperCase()}`, "malformed_header"],
    ["64 non-ASCII characters as v1", `t=${T},v1=${"é".repeat(64)}`, "malformed_header"],
    ["64 full-width digits as v1", `t=${T},v1=${"１".repeat(64)}`, "malformed_header"],
    ["a non-ASCII unknown scheme", `${HEADER},é=1`, "malformed_header"],
    ["a NUL", `${HEADER}\0`, "malformed_header"],
    ["a line break", `${HEADER}\n`, "malformed_header"],
    ["a tab", `t=${T},\t${GOOD}`, "malformed_header"],
    ["a blank before v1", `t=${T}, ${GOOD}`, "malformed_header"],
    ["a blank after v1=", `t=${T},v1= ${hmac(BODY)}`, "malformed_header"],
    ["the right signature as v0 only", `t=${T},v0=${hmac(BODY)}`, "malformed_header"],
    ["a scheme in capitals", `T=${T},V1=${hmac(BODY)}`, "malformed_header"],
    ["a header over the bound", `${HEADER},${"x".repeat(4_096)}`, "header_too_long"],
    ["zeros for a signature", `t=${T},v1=${"0".repeat(64)}`, "no_match"],
    ["a foreign secret's signature", `t=${T},v1=${hmac(BODY, FOREIGN_SECRET)}`, "no_match"],
    ["a blank secret's signature", `t=${T},v1=${hmac(BODY, "")}`, "no_match"],
    ["the secret's name as key", `t=${T},v1=${hmac(BODY, SECRETS[0]?.fingerprint)}`, "no_match"],
    ["another time's signature", `t=${T + 1},${GOOD}`, "no_match"],
    ["the signature of the body alone", `t=${T},v1=${hmacOf(BODY, NEW_SECRET)}`, "no_match"],
  ])("refuses %s", (_, signatureHeader, reason) => {
    expectRefusal(() => verify({ signatureHeader }), reason);
  });

  test("reads a header of exactly the longest length", () => {
    const noise = `${HEADER},`.padEnd(SIGNATURE_HEADER_MAX_LENGTH, "x");
    expect(verify({ signatureHeader: noise }).body).toBe(BODY);
    expectRefusal(() => verify({ signatureHeader: `${noise}x` }), "header_too_long");
  });

  test("refuses a header that is no text at all", () => {
    for (const notText of [[HEADER], 1, {}]) {
      expectRefusal(
        () => verify({ signatureHeader: notText as unknown as string }),
        "missing_header",
      );
    }
  });

  test("refuses everything when there are no secrets", () => {
    expectRefusal(
      () =>
        verifyDelivery({ body: BODY, signatureHeader: HEADER }, { secrets: [], nowMs: T * 1_000 }),
      "no_match",
    );
  });

  test("says the same for every cause, and nothing of body, header or secret", () => {
    const causes = [
      () => verify({ signatureHeader: null }),
      () => verify({ signatureHeader: `t=${T},v1=${"0".repeat(64)}` }),
      () => verify({ nowMs: 0 }),
      () => verify({ body: `${BODY} ` }),
    ];
    const errors = causes.map(errorOf);
    expect(new Set(errors.map((error) => error.message)).size).toBe(1);
    for (const error of errors) {
      const shown = inspect(error, { showHidden: true, depth: null });
      for (const hidden of ["whsec_", hmac(BODY), String(EVENT["id"]), `${T}`, "0000"]) {
        expect(shown).not.toContain(hidden);
      }
    }
  });
}

function describeTolerance(): void {
  test("a timestamp exactly 300 s old or ahead passes, 301 s is refused", () => {
    for (const direction of [-1, 1]) {
      expect(verify({ nowMs: (T + direction * 300) * 1_000 }).body).toBe(BODY);
    }
    expectRefusal(() => verify({ nowMs: (T + 301) * 1_000 }), "too_old");
    expectRefusal(() => verify({ nowMs: (T - 301) * 1_000 }), "too_new");
  });

  test("the tolerance counts whole seconds, as the SDK's does", () => {
    expect(verify({ nowMs: (T + 300) * 1_000 + 999 }).body).toBe(BODY);
    expectRefusal(() => verify({ nowMs: (T - 300) * 1_000 - 1 }), "too_new");
  });

  test("a given tolerance holds in both directions", () => {
    for (const toleranceSeconds of [1, TOLERANCE_SECONDS, TOLERANCE_SECONDS_MAX]) {
      for (const direction of [-1, 1]) {
        const edgeMs = (T + direction * toleranceSeconds) * 1_000;
        expect(verify({ nowMs: edgeMs, toleranceSeconds }).body).toBe(BODY);
        expect(() => verify({ nowMs: edgeMs + direction * 1_000, toleranceSeconds })).toThrow(
          SignatureNotVerifiedError,
        );
      }
    }
  });

  test("no value switches the check off: an unusable one is a mistake of the caller", () => {
    const unusable = [0, -0, -1, 0.5, 300.5, Number.NaN, Infinity, TOLERANCE_SECONDS_MAX + 1];
    for (const toleranceSeconds of unusable) {
      expect(() => verify({ toleranceSeconds })).toThrow(RangeError);
    }
    for (const nowMs of [Number.NaN, Infinity, -Infinity]) {
      expect(() => verify({ nowMs })).toThrow(RangeError);
    }
  });
}

function describeBodies(): void {
  test.each([
    ["null", "null", "other_object"],
    ["an object that is no event", '{"hello":1}', "other_object"],
    ["a list", "[]", "other_object"],
    ["text that is no JSON", "hello", "invalid_json"],
    ["only blanks", " ", "invalid_json"],
    ["a thin event", '{"object":"v2.core.event","id":"evt_1"}', "thin_event"],
    ["an event without an object", '{"object":"event","id":"evt_1"}', "invalid_field"],
  ])("a truly signed body that holds %s is not an event", (_, body, reason) => {
    const error = errorOf(() => verify({ body, signatureHeader: `t=${T},v1=${hmac(body)}` }));
    expect(error).toBeInstanceOf(NotAnEventError);
    expect(error).toMatchObject({ code: "not_an_event", reason });
  });

  test("an empty body is refused, even truly signed", () => {
    expectRefusal(
      () => verify({ body: "", signatureHeader: `t=${T},v1=${hmac("")}` }),
      "malformed_body",
    );
  });

  test("half a surrogate pair is refused: the signature would cover another text", () => {
    const body = JSON.stringify(stripeEvent("x", {})).replace("evt_", "\uD83D");
    expectRefusal(
      () => verify({ body, signatureHeader: `t=${T},v1=${hmac(body)}` }),
      "malformed_body",
    );
  });

  test("a byte-order mark that was signed is kept and does not hide the event", () => {
    const body = `\uFEFF${BODY}`;
    const verified = verify({ body, signatureHeader: `t=${T},v1=${hmac(body)}` });
    expect(verified.body).toBe(body);
  });

  test("a byte-order mark that a decoder dropped or added breaks the signature", () => {
    expectRefusal(
      () => verify({ signatureHeader: `t=${T},v1=${hmac(`\uFEFF${BODY}`)}` }),
      "no_match",
    );
    expectRefusal(() => verify({ body: `\uFEFF${BODY}` }), "no_match");
  });

  test("the same JSON in another form breaks the signature", () => {
    for (const body of [
      JSON.stringify(EVENT),
      `${BODY}\n`,
      BODY.replaceAll("\n", "\r\n"),
      `${BODY} `,
    ]) {
      expectRefusal(() => verify({ body }), "no_match");
    }
  });
}
