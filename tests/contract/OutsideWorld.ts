import { TEST_SIGNING_SECRET } from "../fixtures/stripe.ts";
import {
  type IdentityProvider,
  newSigningKey,
  type SigningKey,
  signToken,
  startIdentityProvider,
} from "../support/identityProvider.ts";
import { TEST_STRIPE_KEY } from "../support/stripeKey.ts";
import { type StripeServer, startStripeServer } from "../support/stripeServer.ts";

export const LINK_SECRET = "link_secret_of_the_tests_0123456789abcdef";
const AUDIENCE = "shop";

/** Stand-ins for the servers that a gateway asks, on this machine. */
export interface OutsideWorld {
  readonly stripe: StripeServer;
  /** The variables with which a gateway knows them, and its own secrets. */
  readonly variables: Readonly<Record<string, string>>;
  /** A token of the issuer, signed with its key or with another one. */
  tokenOf(owner: string, nowMs: number, isForged?: boolean): Promise<string>;
  close(): Promise<void>;
}

export async function openOutsideWorld(): Promise<OutsideWorld> {
  const stripe = await startStripeServer();
  const issuer: IdentityProvider = await startIdentityProvider();
  const key: SigningKey = await newSigningKey("key-1", "ES256");
  const foreignKey: SigningKey = await newSigningKey("key-1", "ES256");
  issuer.keys = [key];
  return {
    stripe,
    variables: {
      STRIPE_WEBHOOK_SECRET: TEST_SIGNING_SECRET,
      STRIPE_SECRET_KEY: TEST_STRIPE_KEY,
      STRIPE_API_URL: stripe.url,
      TOLLGATE_LINK_SECRET: LINK_SECRET,
      TOLLGATE_AUTH_ISSUER: issuer.url,
      TOLLGATE_AUTH_JWKS: `${issuer.url}/keys.json`,
      TOLLGATE_AUTH_AUDIENCE: AUDIENCE,
      TOLLGATE_AUTH_ALGORITHM: "ES256",
    },
    tokenOf: async (owner, nowMs, isForged = false) => {
      const nowSeconds = Math.floor(nowMs / 1_000);
      const claims = { iss: issuer.url, sub: owner, aud: AUDIENCE };
      const times = { iat: nowSeconds, exp: nowSeconds + 600 };
      return await signToken(isForged ? foreignKey : key, { ...claims, ...times });
    },
    close: async () => {
      await stripe.close();
      await issuer.close();
    },
  };
}
