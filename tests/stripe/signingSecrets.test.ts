import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import {
  MAX_SIGNING_SECRETS,
  parseSigningSecrets,
  SigningSecretError,
} from "../../src/stripe/signingSecrets.ts";

const FIRST = "whsec_first0123456789abcdef";
const SECOND = "whsec_second+/=_-0123456789";

describe("a list of signing secrets", () => {
  test("is read in the order written, blanks around entries ignored", () => {
    const fingerprints = parseSigningSecrets(` ${FIRST} ,\t${SECOND}\n`).map(
      (secret) => secret.fingerprint,
    );
    expect(fingerprints).toEqual([
      ...parseSigningSecrets(FIRST).map((secret) => secret.fingerprint),
      ...parseSigningSecrets(SECOND).map((secret) => secret.fingerprint),
    ]);
  });

  test("holds secrets that are told apart by the first 12 hex digits of their SHA-256", () => {
    // printf %s whsec_first0123456789abcdef | sha256sum
    expect(parseSigningSecrets(FIRST)[0]?.fingerprint).toBe("07a1b034d351");
  });

  test("may have as many entries as the bound says and not one more", () => {
    const entries = Array.from({ length: MAX_SIGNING_SECRETS }, (_, index) => `${FIRST}${index}`);
    expect(parseSigningSecrets(entries.join(","))).toHaveLength(MAX_SIGNING_SECRETS);
    expect(() => parseSigningSecrets([...entries, SECOND].join(","))).toThrow(
      "holds 9 entries, at most 8 are allowed",
    );
  });

  test.each([
    ["nothing", "", "holds no signing secret"],
    ["only blanks", " \t\n", "holds no signing secret"],
    ["only commas", ",,", "entry 1 of 3 is empty"],
    ["an empty entry at the end", `${FIRST},`, "entry 2 of 2 is empty"],
    ["an empty entry between", `${FIRST}, ,${SECOND}`, "entry 2 of 3 is empty"],
    ["a blank inside an entry", `whsec_first 0123456789abcdef`, "entry 1 of 1 has a blank inside"],
    ["a line break between entries", `${FIRST}\n${SECOND}`, "entry 1 of 1 has a blank inside"],
    ["an API key", "sk_test_0123456789abcdef0123", "entry 1 of 1 does not begin with whsec_"],
    ["another case", FIRST.toUpperCase(), "entry 1 of 1 does not begin with whsec_"],
    ["quotes", `"${FIRST}"`, "entry 1 of 1 does not begin with whsec_"],
    ["only the prefix", "whsec_", "entry 1 of 1 is too short"],
    ["15 characters after the prefix", "whsec_012345678901234", "entry 1 of 1 is too short"],
    ["a cut secret", "whsec_0123456789abcdef…", "entry 1 of 1 has characters that no signing"],
    ["a repeated secret", `${FIRST},${SECOND},${FIRST}`, "entry 3 of 3 repeats entry 1"],
  ])("with %s is refused with the position and a way to mend it", (_, text, message) => {
    const error = errorOf(() => parseSigningSecrets(text));
    expect(error).toBeInstanceOf(SigningSecretError);
    expect(error).toMatchObject({ code: "signing_secret_invalid" });
    expect(error.message).toContain(message);
    expect(error.message).toContain(": ");
  });

  test("never shows any of its text in an error", () => {
    for (const text of ["hunter2hunter2hunter2", "whsec_hunter2", "whsec_hunter2 hunter2hunter2"]) {
      const error = errorOf(() => parseSigningSecrets(`${FIRST},${text}`));
      expect(inspect(error, { showHidden: true, depth: null })).not.toContain("hunter2");
      expect(error.message).not.toContain("first");
    }
  });
});

describe("a signing secret", () => {
  const secrets = parseSigningSecrets(`${FIRST},${SECOND}`);

  test.each([
    ["JSON.stringify", JSON.stringify(secrets)],
    ["String", String(secrets)],
    ["console.log", inspect(secrets)],
    [
      "an inspector that shows hidden things",
      inspect(secrets, { showHidden: true, depth: null, getters: true, showProxy: true }),
    ],
    [
      "its own properties",
      JSON.stringify(secrets.map((secret) => Object.getOwnPropertyDescriptors(secret))),
    ],
    ["a copy", JSON.stringify(secrets.map((secret) => ({ ...secret })))],
  ])("does not show in %s", (_, shown) => {
    expect(shown).not.toContain("whsec_");
    expect(shown).not.toContain("0123456789");
  });
});

function errorOf(run: () => unknown): Error {
  try {
    run();
  } catch (error) {
    if (error instanceof Error) {
      return error;
    }
  }
  throw new Error("nothing was thrown");
}
