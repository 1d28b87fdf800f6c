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

/**
 * An address that a buyer may be sent to: at the gateway itself, or an origin of `TOLLGATE_ORIGINS`
 * (separated by commas).
 *
 * @throws ConvexError `origin_not_allowed`
 */
export function requireAllowedUrl(address: string): string {
  const configured = (env["TOLLGATE_ORIGINS"] ?? "").split(",").map((each) => each.trim());
  const url = URL.parse(address);
  if (
    url === null ||
    url.username !== "" ||
    url.password !== "" ||
    ![ownOrigin(), ...configured].includes(url.origin)
  ) {
    throw refusal("origin_not_allowed", "The return address is not at a configured origin.");
  }
  return url.href;
}
