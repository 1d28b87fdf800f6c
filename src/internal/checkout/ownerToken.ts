import { SigningSecret } from "../../stripe/SigningSecret.ts";

/** What a token is for: a link begins a checkout, a view only shows how far one is. */
export type TokenPurpose = "link" | "view";

/** What a signed checkout link says. */
export interface OwnerToken {
  ownerId: string;
  plan: string;
  interval: string;
  expiresAtSeconds: number;
}

/** The longest life of a link, and the usual one. */
export const MAX_LINK_SECONDS = 3_600;
export const LINK_SECONDS = 900;

const VERSION = "1";
const MAX_TOKEN_LENGTH = 2_048;

/** `1.PAYLOAD.SIGNATURE`: base64url of the JSON, and its HMAC-SHA256 in hexadecimal digits. */
export function signOwnerToken(purpose: TokenPurpose, token: OwnerToken, secret: string): string {
  const payload = toBase64Url(JSON.stringify(token));
  return `${VERSION}.${payload}.${signature(purpose, payload, secret)}`;
}

/**
 * Reads a token that one of the secrets signed for this purpose; the signatures are compared in constant
 * time.
 *
 * @returns `invalid` for anything else, `expired` for one that is over
 */
export function readOwnerToken(
  purpose: TokenPurpose,
  text: string,
  secrets: readonly string[],
  nowSeconds: number,
): OwnerToken | "invalid" | "expired" {
  const [version, payload, signed, ...more] = text.slice(0, MAX_TOKEN_LENGTH + 1).split(".");
  if (
    text.length > MAX_TOKEN_LENGTH ||
    version !== VERSION ||
    payload === undefined ||
    signed === undefined ||
    more.length > 0 ||
    !secrets
      .map((secret) => isEqual(signature(purpose, payload, secret), signed))
      .some((isSigned) => isSigned)
  ) {
    return "invalid";
  }
  const token = tokenOf(payload);
  if (token === null) {
    return "invalid";
  }
  const leftSeconds = token.expiresAtSeconds - nowSeconds;
  if (purpose === "link" && leftSeconds > MAX_LINK_SECONDS) {
    return "invalid";
  }
  return leftSeconds <= 0 ? "expired" : token;
}

/** Null for what is no token: who knows the secret may still have written it wrong. */
function tokenOf(payload: string): OwnerToken | null {
  let token: Partial<Record<keyof OwnerToken, unknown>>;
  try {
    token = Object(JSON.parse(fromBase64Url(payload)));
  } catch {
    return null;
  }
  const { ownerId, plan, interval, expiresAtSeconds } = token;
  return typeof ownerId === "string" &&
    typeof plan === "string" &&
    typeof interval === "string" &&
    typeof expiresAtSeconds === "number"
    ? { ownerId, plan, interval, expiresAtSeconds }
    : null;
}

function signature(purpose: TokenPurpose, payload: string, secret: string): string {
  return new SigningSecret(secret).hmacSha256Hex(
    `tollgate checkout ${purpose}, version ${VERSION}: ${payload}`,
  );
}

function isEqual(expected: string, given: string): boolean {
  let difference = expected.length ^ given.length;
  for (let index = 0; index < expected.length; index++) {
    difference |= expected.charCodeAt(index) ^ given.charCodeAt(index);
  }
  return difference === 0;
}

function toBase64Url(text: string): string {
  const binary = String.fromCharCode(...new TextEncoder().encode(text));
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function fromBase64Url(text: string): string {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return new TextDecoder().decode(Uint8Array.from(binary, (letter) => letter.charCodeAt(0)));
}
