import type { JSONValue } from "convex/values";
import type { JWTPayload } from "jose";
import type { Identity } from "../runtime/Identity.ts";

/** What a verified token must say about who it is for. */
export interface Subject {
  issuer: string;
  subject: string;
}

/**
 * The identity in an OpenID Connect token: standard claims fill Convex's typed fields, whatever is left
 * stands beside them under its own name. Convex leaves out `jti`, `nbf` and `fva`, which change with
 * every refresh of a token.
 *
 * A claim whose name is one of Convex's fields cannot replace it.
 */
export function oidcIdentity(payload: JWTPayload, { issuer, subject }: Subject): Identity {
  const identity: Record<string, JSONValue> = {};
  for (const [claim, value] of Object.entries(payload)) {
    if (!PROTOCOL_CLAIMS.has(claim) && !Object.hasOwn(TYPED_CLAIMS, claim)) {
      setField(identity, claim, value as JSONValue);
    }
  }
  for (const [claim, { field, read }] of Object.entries(TYPED_CLAIMS)) {
    delete identity[field];
    const value = read(payload[claim]);
    if (value !== undefined) {
      identity[field] = value;
    }
  }
  return { ...identity, ...own(issuer, subject) };
}

/**
 * The identity in a custom JWT: every claim under its own name, those inside objects as "outer.inner".
 * Claims registered by the JWT standard (`aud`, `exp`, `iat`, …) and `fva` are left out, and no claim can
 * replace `tokenIdentifier`, `issuer` or `subject`.
 */
export function customJwtIdentity(payload: JWTPayload, { issuer, subject }: Subject): Identity {
  const identity: Record<string, JSONValue> = {};
  for (const [claim, value] of Object.entries(payload)) {
    if (!REGISTERED_CLAIMS.has(claim)) {
      flatten(identity, claim, value as JSONValue);
    }
  }
  delete identity["fva"];
  return { ...identity, ...own(issuer, subject) };
}

/** JWT's registered claims (RFC 7519, section 4.1). */
const REGISTERED_CLAIMS: ReadonlySet<string> = new Set([
  ...["iss", "sub", "aud", "exp", "nbf", "iat", "jti"],
]);

/** What OpenID Connect uses itself (Core 1.0, section 2), and the claims that Convex drops. */
const PROTOCOL_CLAIMS: ReadonlySet<string> = new Set([
  ...["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "fva"],
  ...["auth_time", "nonce", "acr", "amr", "azp", "at_hash", "c_hash"],
]);

type ReadClaim = (value: unknown) => JSONValue | undefined;

/** OpenID Connect's standard claims and the fields that Convex gives them. */
const TYPED_CLAIMS: Record<string, { field: string; read: ReadClaim }> = {
  name: { field: "name", read: text },
  given_name: { field: "givenName", read: text },
  family_name: { field: "familyName", read: text },
  nickname: { field: "nickname", read: text },
  preferred_username: { field: "preferredUsername", read: text },
  profile: { field: "profileUrl", read: text },
  picture: { field: "pictureUrl", read: text },
  website: { field: "websiteUrl", read: text },
  email: { field: "email", read: text },
  email_verified: { field: "emailVerified", read: flag },
  gender: { field: "gender", read: text },
  birthdate: { field: "birthday", read: text },
  zoneinfo: { field: "timezone", read: text },
  locale: { field: "language", read: text },
  phone_number: { field: "phoneNumber", read: text },
  phone_number_verified: { field: "phoneNumberVerified", read: flag },
  address: { field: "address", read: formattedAddress },
  updated_at: { field: "updatedAt", read: rfc3339 },
};

function own(issuer: string, subject: string): Identity {
  return { tokenIdentifier: `${issuer}|${subject}`, issuer, subject };
}

function flatten(into: Record<string, JSONValue>, name: string, value: JSONValue): void {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    for (const [inner, each] of Object.entries(value)) {
      if (each !== undefined) {
        flatten(into, `${name}.${inner}`, each);
      }
    }
  } else {
    setField(into, name, value);
  }
}

/** Assigning `__proto__` would make a claim the object's prototype. */
function setField(into: Record<string, JSONValue>, name: string, value: JSONValue): void {
  if (name !== "__proto__") {
    into[name] = value;
  }
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function flag(value: unknown): boolean | undefined {
  return typeof value === "boolean" ? value : undefined;
}

function formattedAddress(value: unknown): string | undefined {
  return typeof value === "object" && value !== null && "formatted" in value
    ? text(value.formatted)
    : undefined;
}

/** Seconds since 1970 as "2009-02-13T23:31:30+00:00". */
function rfc3339(value: unknown): string | undefined {
  const date = typeof value === "number" ? new Date(Math.floor(value) * 1_000) : null;
  return date === null || Number.isNaN(date.getTime())
    ? undefined
    : date.toISOString().replace(".000Z", "+00:00");
}
