import { env } from "../env.ts";
import { stripeApiUrl } from "../environment.ts";

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** Where this deployment says it is: `CONVEX_SITE_URL`; null when it is not set. */
export function ownAddress(): URL | null {
  return URL.parse(env["CONVEX_SITE_URL"] ?? "");
}

/** Whether only this machine itself finds an address. */
export function isLocal({ hostname }: URL): boolean {
  return LOOPBACK.test(hostname);
}

/** Whether `STRIPE_API_URL` is Stripe's own address. */
export function isStripeItself(): boolean {
  return stripeApiUrl().origin === "https://api.stripe.com";
}
