/** Belongs to nobody; the gateway in this process or in a child reads a stand-in of Stripe's API with it. */
export const TEST_STRIPE_KEY = "sk_test_onlyForTests0123456789";

/** Gives this process, and so the functions in it, an API key and an address, or takes them away. */
export function setStripeApi(url: string | null): void {
  for (const [name, value] of [
    ["STRIPE_SECRET_KEY", TEST_STRIPE_KEY],
    ["STRIPE_API_URL", url],
  ] as const) {
    if (url === null || value === null) {
      delete process.env[name];
    } else {
      process.env[name] = value;
    }
  }
}
