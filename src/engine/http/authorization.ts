import { RequestError } from "../errors.ts";
import type { Identity } from "../runtime/Identity.ts";

/** Who a request comes from. */
export type Authorization =
  | { type: "none" }
  | { type: "admin"; actingAs: Identity | null }
  | { type: "user"; token: string };

/** Tells whether a text is the admin key; must take the same time for every wrong one. */
export type IsAdminKey = (key: string) => boolean;

/**
 * Reads an `Authorization` header: `Convex <admin key>`, `Convex <admin key>:<base64 of identity JSON>`
 * to act as a user, or `Bearer <token>`. A key may carry a prefix that ends in `|`.
 *
 * @throws RequestError 401 BadAdminKey, InvalidAuthHeader
 */
export function readAuthorization(header: string | null, isAdminKey: IsAdminKey): Authorization {
  if (header === null) {
    return { type: "none" };
  }
  const space = header.indexOf(" ");
  const scheme = header.slice(0, space).toLowerCase();
  const credentials = header.slice(space + 1).trim();
  if (scheme === "bearer" && credentials !== "") {
    return { type: "user", token: credentials };
  }
  if (scheme !== "convex") {
    throw new RequestError(401, "InvalidAuthHeader", "Invalid authorization header");
  }
  const colon = credentials.indexOf(":", credentials.indexOf("|") + 1);
  const key = colon < 0 ? credentials : credentials.slice(0, colon);
  if (!isAdminKey(key)) {
    throw new RequestError(
      401,
      "BadAdminKey",
      "The provided admin key was invalid for this instance",
    );
  }
  const actingAs = colon < 0 ? null : readIdentity(credentials.slice(colon + 1));
  return { type: "admin", actingAs };
}

/** @throws RequestError 401 InvalidAuthHeader unless it names a user */
function readIdentity(base64: string): Identity {
  let attributes: Record<string, unknown>;
  try {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    attributes = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new RequestError(401, "InvalidAuthHeader", "The acting user is not base64 of JSON");
  }
  const { issuer, subject } = attributes ?? {};
  const tokenIdentifier = attributes?.["tokenIdentifier"] ?? `${issuer}|${subject}`;
  const isComplete =
    typeof attributes?.["tokenIdentifier"] === "string" ||
    (typeof issuer === "string" && typeof subject === "string");
  if (!isComplete) {
    throw new RequestError(
      401,
      "InvalidAuthHeader",
      "The acting user needs a tokenIdentifier, or an issuer and a subject",
    );
  }
  return { ...attributes, tokenIdentifier } as Identity;
}
