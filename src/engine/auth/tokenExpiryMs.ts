import { decodeJwt } from "jose";

/** When a token that was verified expires, in milliseconds since 1970; it never does without `exp`. */
export function tokenExpiryMs(token: string): number {
  const { exp } = decodeJwt(token);
  return exp === undefined ? Number.POSITIVE_INFINITY : exp * 1_000;
}
