import { env } from "../env.ts";
import { refusal } from "../refusal.ts";

/** The gateway's own address: `CONVEX_SITE_URL`, which the host sets. */
export function ownOrigin(): string {
  const own = URL.parse(env["CONVEX_SITE_URL"] ?? "");
  if (own === null) {
    throw new Error("CONVEX_SITE_URL is not set: the gateway does not know its own address.");
  }
  return own.origin;
}

/** Longer addresses are refused: Stripe takes 5,000 characters, the session's id included. */
const MAX_ADDRESS_LENGTH = 2_000;

/** In its place Stripe puts the session's id. */
const SESSION_ID = "{CHECKOUT_SESSION_ID}";

/** Where owners come from unless they say it: the first origin of `TOLLGATE_ORIGINS`, or null. */
export function backAddress(): string | null {
  const [origin] = configuredOrigins();
  return origin === undefined ? null : `${origin}/`;
}

/** Whether pages of this origin may send forms here. */
export function isAllowedOrigin(origin: string): boolean {
  return [ownOrigin(), ...configuredOrigins()].includes(origin);
}

/**
 * An address that a buyer may be sent to: at the gateway itself, or an origin of `TOLLGATE_ORIGINS`
 * (separated by commas). Null for any other.
 */
export function allowedUrl(address: string): URL | null {
  const url = address.length > MAX_ADDRESS_LENGTH ? null : URL.parse(address);
  return url !== null &&
    /^https?:$/.test(url.protocol) &&
    url.username === "" &&
    url.password === "" &&
    isAllowedOrigin(url.origin)
    ? url
    : null;
}

/**
 * As {@link allowedUrl}.
 *
 * @param kind `session`: `{CHECKOUT_SESSION_ID}` in it stays as it is, for Stripe to put the id there
 * @throws ConvexError `origin_not_allowed`
 */
export function requireAllowedUrl(address: string, kind: "plain" | "session"): string {
  const url = allowedUrl(address);
  if (url === null) {
    throw refusal("origin_not_allowed", "The return address is not at a configured origin.");
  }
  return kind === "session"
    ? url.href.replaceAll(encodeURIComponent(SESSION_ID), SESSION_ID)
    : url.href;
}

function configuredOrigins(): string[] {
  const configured = (env["TOLLGATE_ORIGINS"] ?? "").split(",").map((each) => each.trim());
  return configured.filter((each) => each !== "");
}
