import type { Identity } from "../runtime/Identity.ts";

/**
 * The user whom an admin acts as, from attributes that the admin wrote; null unless they name one: by
 * `tokenIdentifier`, or by `issuer` and `subject`.
 */
export function actingIdentity(attributes: unknown): Identity | null {
  if (typeof attributes !== "object" || attributes === null) {
    return null;
  }
  const { tokenIdentifier, issuer, subject } = attributes as Record<string, unknown>;
  if (typeof tokenIdentifier === "string") {
    return attributes as Identity;
  }
  return typeof issuer === "string" && typeof subject === "string"
    ? ({ ...attributes, tokenIdentifier: `${issuer}|${subject}` } as Identity)
    : null;
}
