import fc from "fast-check";
import { expect, test } from "vitest";
import { SignatureNotVerifiedError } from "../../src/stripe/SignatureNotVerifiedError.ts";
import { BODY, errorOf, GOOD, T, verify } from "./handSigned.ts";

const runs = { seed: 20_261_101, numRuns: 300 };
const anyText = fc.string({ unit: "binary", maxLength: 80 });
const hex64 = fc.string({
  unit: fc.constantFrom(..."0123456789abcdef"),
  minLength: 64,
  maxLength: 64,
});
const element = fc.oneof(
  anyText,
  fc.constantFrom(`t=${T}`, "t=", "v1=", "t", "v1", "v0=1", ""),
  hex64.map((hex) => `v1=${hex}`),
  fc.tuple(fc.constantFrom("t", "v1", "v0", "x"), anyText).map(([key, value]) => `${key}=${value}`),
);

test("V2 random headers never verify and never fail in another way", () => {
  const header = fc.oneof(
    anyText,
    fc.array(element, { maxLength: 8 }).map((elements) => elements.join(",")),
    hex64.map((hex) => `t=${T},v1=${hex}`),
  );
  fc.assert(
    fc.property(header, (signatureHeader) => {
      expect(errorOf(() => verify({ signatureHeader }))).toBeInstanceOf(SignatureNotVerifiedError);
    }),
    runs,
  );
});

test("a valid header with unknown schemes at any place verifies", () => {
  const unknown = fc
    .string({ unit: "grapheme-ascii", maxLength: 40 })
    .filter((text) => !/,|^(t|v1)(=|$)/.test(text));
  const noise = fc.array(unknown, { maxLength: 4 });
  fc.assert(
    fc.property(noise, noise, noise, (before, between, after) => {
      const signatureHeader = [...before, `t=${T}`, ...between, GOOD, ...after].join(",");
      expect(verify({ signatureHeader }).body).toBe(BODY);
    }),
    runs,
  );
});

test("a body that differs in one character never verifies", () => {
  const position = fc.integer({ min: 0, max: BODY.length });
  fc.assert(
    fc.property(position, fc.integer({ min: 0, max: 1 }), anyText, (index, deleted, inserted) => {
      const body = BODY.slice(0, index) + inserted + BODY.slice(index + deleted);
      fc.pre(body !== BODY);
      expect(errorOf(() => verify({ body }))).toBeInstanceOf(SignatureNotVerifiedError);
    }),
    runs,
  );
});
