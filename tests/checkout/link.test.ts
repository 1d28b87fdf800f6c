import { expect, test } from "vitest";
import { readOwnerToken, signOwnerToken } from "../../src/internal/checkout/ownerToken.ts";

const OLD = "an_old_secret_0123456789_0123456789";
const NEW = "a_new_secret_0123456789_0123456789";
const token = {
  ownerId: "ann ü",
  plan: "professional",
  interval: "month",
  expiresAtSeconds: 1_000,
};

test("K4 a link is read with any of the secrets until it is over", () => {
  const link = signOwnerToken("link", token, OLD);
  expect(readOwnerToken("link", link, [NEW, OLD], 999)).toEqual(token);
  expect(readOwnerToken("link", link, [NEW, OLD], 1_000)).toBe("expired");
  expect(readOwnerToken("link", link, [NEW], 999)).toBe("invalid");
  expect(readOwnerToken("link", link, [], 999)).toBe("invalid");
});

test("K4 a token for one purpose serves no other", () => {
  const view = signOwnerToken("view", token, OLD);
  expect(readOwnerToken("link", view, [OLD], 999)).toBe("invalid");
});

test("K4 each changed character makes a link invalid", () => {
  const link = signOwnerToken("link", token, OLD);
  for (let index = 0; index < link.length; index++) {
    const changed = `${link.slice(0, index)}${link[index] === "0" ? "1" : "0"}${link.slice(index + 1)}`;
    expect(readOwnerToken("link", changed, [OLD], 999)).toBe("invalid");
  }
});

test("K4 a link that was signed but does not say what a link says is invalid", () => {
  const { expiresAtSeconds: _, ...endless } = token;
  for (const wrong of [endless, { ...token, ownerId: 1 }, { ...token, plan: null }, [], null, 0]) {
    const link = signOwnerToken("link", wrong as never, OLD);
    expect(readOwnerToken("link", link, [OLD], 999)).toBe("invalid");
  }
});
