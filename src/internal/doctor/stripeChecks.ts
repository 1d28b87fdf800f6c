import { ownAccount, stripeSecretKey } from "../environment.ts";
import { openStripeApi, type StripeApi, stripeFailure } from "../recovery/stripeApi.ts";
import { type Check, type CheckName, fail, ok, warn } from "./Check.ts";
import { endpointChecks } from "./endpointChecks.ts";
import { isLocal, isStripeItself, ownAddress } from "./places.ts";
import { priceChecks } from "./priceChecks.ts";

/** One request, and all of them together. */
const REQUEST_MS = 6_000;
const ALL_MS = 25_000;

/** Beyond the first somebody should look; beyond the second the 300 s of a signature come near. */
const SKEW_WARN_SECONDS = 10;
const SKEW_FAIL_SECONDS = 60;

/** Stripe lets an account have 16. */
const MAX_ENDPOINTS = 100;

/** What Stripe itself says of this deployment; nothing without an API key. Reads only, and never throws. */
export async function stripeChecks(): Promise<Check[]> {
  if (stripeSecretKey() === null) {
    return [];
  }
  const startedMs = Date.now();
  let api: StripeApi;
  try {
    api = openStripeApi({
      timeoutMs: REQUEST_MS,
      maxRetries: 0,
      endsAtMs: startedMs + ALL_MS,
    });
    await api.stripe.events.list({ limit: 1 });
  } catch (error) {
    return [apiFailure(error)];
  }
  return [
    ok("stripe_api", "Stripe takes the key and lists events."),
    clockCheck(api, startedMs),
    // The endpoint that hears of a connected account is the platform's, which that account's list leaves out.
    ...(ownAccount() === ""
      ? await orNotReadable("webhook_endpoint", "webhook endpoints", async () => {
          const { data } = await api.stripe.webhookEndpoints.list({ limit: MAX_ENDPOINTS });
          return endpointChecks(data, knownOrigin());
        })
      : []),
    ...(await orNotReadable("catalog_prices", "prices", () => priceChecks(api.stripe.prices))),
  ];
}

function apiFailure(error: unknown): Check {
  const { statusCode } = error as { statusCode?: number };
  if (statusCode === 401) {
    return fail(
      "stripe_api",
      "Stripe refuses the API key.",
      "Set STRIPE_SECRET_KEY to a key that is not revoked, of this account and mode.",
    );
  }
  if (statusCode === 403) {
    return fail(
      "stripe_api",
      "The API key may not read events.",
      "Give the restricted key the rights that README.md lists.",
    );
  }
  return fail(
    "stripe_api",
    `Stripe's API could not be read (${stripeFailure(error)}).`,
    "Try again; see whether this machine reaches STRIPE_API_URL, and Stripe's status page.",
  );
}

/** By the `Date` of Stripe's answer, which is in whole seconds. */
function clockCheck({ readAtSeconds }: StripeApi, startedMs: number): Check {
  let aheadSeconds: number;
  try {
    // The server's time is between `readAtSeconds` and two seconds later.
    aheadSeconds = Math.round(startedMs / 1_000 - (readAtSeconds() + 1));
  } catch {
    return warn(
      "clock",
      "Stripe's answer has no date.",
      "Look at what is between here and Stripe.",
    );
  }
  const detail = `This clock is ${Math.abs(aheadSeconds)} s ${aheadSeconds < 0 ? "behind" : "ahead of"} Stripe's.`;
  const whatToDo = "Set it by NTP. Beyond 300 s every delivery is refused.";
  if (Math.abs(aheadSeconds) > SKEW_FAIL_SECONDS) {
    return fail("clock", detail, whatToDo);
  }
  return Math.abs(aheadSeconds) > SKEW_WARN_SECONDS
    ? warn("clock", detail, whatToDo)
    : ok("clock", "This clock and Stripe's agree.");
}

/** A key without the right to read something is no fault; then that is not checked. */
async function orNotReadable(
  check: CheckName,
  what: string,
  look: () => Promise<Check[]>,
): Promise<Check[]> {
  try {
    return await look();
  } catch (error) {
    const { statusCode } = error as { statusCode?: number };
    return [
      warn(
        check,
        statusCode === 403 || statusCode === 401
          ? `The API key may not read ${what}, so they were not checked.`
          : `Stripe's ${what} could not be read (${stripeFailure(error)}).`,
        `Give the restricted key the right to read ${what}, or check them by hand.`,
      ),
    ];
  }
}

/** Behind a proxy and without `CONVEX_SITE_URL`, a gateway knows only where it listens. */
function knownOrigin(): string | null {
  const own = ownAddress();
  return own === null || (isLocal(own) && isStripeItself()) ? null : own.origin;
}
