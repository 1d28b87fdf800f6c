import Stripe from "stripe";
import { sealApiText } from "../../stripe/apiSeal.ts";
import { ownAccount, requireStripeSecretKey, stripeApiUrl } from "../environment.ts";

/** How long one request may take, its answer's body included. */
export const STRIPE_TIMEOUT_MS = 10_000;

/** How often the SDK repeats a request by itself: for lost connections and 5xx, never for 429. */
export const STRIPE_MAX_RETRIES = 2;

/** The version in which the API answers. */
export const STRIPE_API_VERSION: string = Stripe.API_VERSION;

export type Subscription = Stripe.Subscription;

/** Stripe's API, for actions. */
export interface StripeApi {
  stripe: Stripe;
  /**
   * A server time at or before the begin of the last request, in Unix seconds: the `Date` of its answer
   * less the time it took, rounded down, less one.
   *
   * @throws StripeAnswerError when there was no such answer
   */
  readAtSeconds(): number;
  /** Seals a text that was just read with `stripe`: the proof for mutations that Stripe said it. */
  seal(body: string): { body: string; seal: string };
}

/** How long requests may take, and how often the SDK repeats them. */
export interface StripeApiLimits {
  timeoutMs: number;
  maxRetries: number;
  /** A time after which no request is made, and those under way are broken off. */
  endsAtMs: number;
}

const READING_LIMITS: StripeApiLimits = {
  timeoutMs: STRIPE_TIMEOUT_MS,
  maxRetries: STRIPE_MAX_RETRIES,
  endsAtMs: Number.POSITIVE_INFINITY,
};

/** Stripe answered, but not as its API does. */
export class StripeAnswerError extends Error {
  readonly code = "stripe_answer_invalid";
  override readonly name = "StripeAnswerError";
}

/**
 * The API of `STRIPE_API_URL` with the key of `STRIPE_SECRET_KEY`. Uses `fetch` alone, so it runs wherever
 * Convex functions do, and for the deployment's own account. Sends no telemetry.
 *
 * @throws ConvexError `stripe_key_missing`
 */
export function openStripeApi(limits: StripeApiLimits = READING_LIMITS): StripeApi {
  const secretKey = requireStripeSecretKey();
  const { protocol, hostname, port } = stripeApiUrl();
  const isPlain = protocol === "http:";
  const account = ownAccount();
  let lastReadAtSeconds = Number.NaN;
  const datedFetch: typeof fetch = async (address, init) => {
    const startedMs = performance.now();
    const response = await fetch(address, endingBy(limits.endsAtMs, init));
    const elapsedMs = performance.now() - startedMs;
    const answeredMs = Date.parse(response.headers.get("date") ?? "");
    lastReadAtSeconds = Math.floor((answeredMs - elapsedMs) / 1_000) - 1;
    return response;
  };
  return {
    stripe: new Stripe(secretKey, {
      host: hostname,
      port: port || (isPlain ? 80 : 443),
      protocol: isPlain ? "http" : "https",
      httpClient: Stripe.createFetchHttpClient(datedFetch),
      timeout: limits.timeoutMs,
      maxNetworkRetries: limits.maxRetries,
      telemetry: false,
      ...(account !== "" && { stripeAccount: account }),
    }),
    readAtSeconds: () => {
      if (Number.isNaN(lastReadAtSeconds)) {
        throw new StripeAnswerError("The answer of Stripe's API has no date.");
      }
      return lastReadAtSeconds;
    },
    seal: (body) => ({ body, seal: sealApiText(body, secretKey, Date.now()) }),
  };
}

/** The request, broken off at a time at the latest. @throws DOMException when that is past */
function endingBy(endsAtMs: number, init: RequestInit | undefined): RequestInit | undefined {
  if (endsAtMs === Number.POSITIVE_INFINITY) {
    return init;
  }
  const end = AbortSignal.timeout(Math.max(0, endsAtMs - Date.now()));
  return { ...init, signal: init?.signal ? AbortSignal.any([init.signal, end]) : end };
}

/**
 * Why a request failed, as a stable code. Stripe's own messages are not kept: they quote ids and the end
 * of the key.
 */
export function stripeFailure(error: unknown): string {
  if (!(error instanceof Stripe.errors.StripeError)) {
    return error instanceof StripeAnswerError ? error.code : "internal_error";
  }
  if (error.code === "resource_missing") {
    return RESOURCE_MISSING;
  }
  if (error instanceof Stripe.errors.StripeRateLimitError) {
    return "stripe_rate_limited";
  }
  if (error instanceof Stripe.errors.StripeConnectionError) {
    return "stripe_unreachable";
  }
  // 409: the same request is under way already.
  return error.statusCode === undefined || error.statusCode >= 500 || error.statusCode === 409
    ? "stripe_failed"
    : "stripe_refused";
}

/** Stripe knows no such object, or not for this key. */
export const RESOURCE_MISSING = "resource_missing";
