import { createHash, createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as ownDigests from "../../src/hosts/node/digests.ts";
import * as portableDigests from "../../src/stripe/digests.ts";

const anyText = fc.string({ unit: "binary", maxLength: 200 });

describe.each([
  ["in plain JavaScript", portableDigests],
  ["by Node", ownDigests],
])("V1 digests %s", (_, { sha256Hex, hmacSha256 }) => {
  test("are SHA-256 and HMAC-SHA256 of the UTF-8 text", () => {
    const key = fc.string({ unit: "binary", minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(key, anyText, (secret, text) => {
        expect(sha256Hex(text)).toBe(createHash("sha256").update(text, "utf8").digest("hex"));
        const expected = createHmac("sha256", secret).update(text, "utf8").digest("hex");
        const hmac = hmacSha256(secret);
        expect([hmac(text), hmac(text)]).toEqual([expected, expected]);
      }),
    );
  });
});
