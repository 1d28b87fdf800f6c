import type { AdminKeys } from "../admin/AdminKeys.ts";
import { type Operator, REASON_HEADER, readReason } from "../admin/Operator.ts";
import { actingIdentity } from "../auth/actingIdentity.ts";
import { RequestError } from "../errors.ts";
import type { Identity } from "../runtime/Identity.ts";

/** Who a request comes from. */
export type Authorization =
  | { type: "none" }
  | { type: "admin"; operator: Operator; actingAs: Identity | null }
  | { type: "user"; token: string };

/**
 * Reads the `Authorization` header of a request: `Convex <admin key>`, `Convex <admin key>:<base64 of identity JSON>`
 * to act as a user, or `Bearer <token>`. A key may carry a prefix that ends in `|`.
 *
 * @throws RequestError 401 BadAdminKey; 400 InvalidHeaderFailure, InvalidAdminKey, HeaderParseFailure,
 *   with convex-backend's texts
 */
export function readAuthorization(
  { headers }: Pick<Request, "headers">,
  adminKeys: Pick<AdminKeys, "find">,
): Authorization {
  const header = headers.get("authorization");
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
    throw header.length < SHORTEST_HEADER_CHARACTERS
      ? new RequestError(400, "InvalidHeaderFailure", "Invalid authentication header")
      : new RequestError(400, "InvalidAdminKey", "Invalid admin key");
  }
  const colon = credentials.indexOf(":", credentials.indexOf("|") + 1);
  const key = colon < 0 ? credentials : credentials.slice(0, colon);
  const operator = adminKeys.find(key, readReason(headers.get(REASON_HEADER)));
  if (operator === null) {
    throw badAdminKey();
  }
  const actingAs = colon < 0 ? null : readIdentity(credentials.slice(colon + 1));
  return { type: "admin", operator, actingAs };
}

/** The refusal of a wrong key. */
export function badAdminKey(): RequestError {
  return new RequestError(
    401,
    "BadAdminKey",
    "The provided admin key was invalid for this instance",
  );
}

/** Of the schemes that Convex knows, "Bearer " and "Convex ". */
const SHORTEST_HEADER_CHARACTERS = 7;

/** @throws RequestError 400 HeaderParseFailure unless it names a user */
function readIdentity(base64: string): Identity {
  const malformed = new RequestError(400, "HeaderParseFailure", "Malformed Authorization header.");
  let attributes: unknown;
  try {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    attributes = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw malformed;
  }
  const identity = actingIdentity(attributes);
  if (identity === null) {
    throw malformed;
  }
  return identity;
}
