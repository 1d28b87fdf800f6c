import type { UserIdentity } from "convex/server";
import type { Identity } from "../engine/runtime/Identity.ts";

/** Fills in what an identity must have, as the `convex-test` package does, so that tests may compare. */
export function testIdentity(given: Partial<UserIdentity>): Identity {
  const subject = given.subject ?? String(hash(JSON.stringify(given)));
  const issuer = given.issuer ?? "https://convex.test";
  const tokenIdentifier = given.tokenIdentifier ?? `${issuer}|${subject}`;
  return JSON.parse(JSON.stringify({ ...given, subject, issuer, tokenIdentifier })) as Identity;
}

/** `convex-test`'s: 31 times the hash so far plus the next character, in 32 bits. */
function hash(text: string): number {
  let value = 0;
  for (let i = 0; i < text.length; i++) {
    value = (Math.imul(value, 31) + text.charCodeAt(i)) | 0;
  }
  return value;
}
