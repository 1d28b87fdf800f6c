import * as z from "zod";
import { readStripeMode, StripeModeError } from "../stripe/mode.ts";
import { parseSigningSecrets, SigningSecretError } from "../stripe/signingSecrets.ts";

/** Environment variables by their names, as a process or a Worker's bindings hold them. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** A variable that is set. `abort`: a blank value is one problem, not also a malformed one. */
export const variableText = z.string().refine((value) => value.trim() !== "", {
  error: "is set but blank: give it a value or remove it",
  abort: true,
});

const STRIPE_KEY = /^(?:sk|rk)_(?:test|live)_[A-Za-z0-9_]{16,240}$/;
/** Visible ASCII without the colon, or the key's SHA-256. */
const ADMIN_KEY = /^(?:[!-9;-~]{16,512}|sha256:[0-9a-f]{64})$/;
/** One or several of visible ASCII without the comma. */
const LINK_SECRETS = /^[!-+\--~]{32,512}(?:,[!-+\--~]{32,512})*$/;
const ACCOUNT = /^acct_[A-Za-z0-9]{1,250}$/;
const RETENTION_DAYS = /^[1-9]\d{0,4}$/;
const LOOPBACK = /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/**
 * The variables that functions and the admin API read, the same on every host. A message never shows the
 * value of one that may hold a secret.
 */
export const FUNCTION_VARIABLES = {
  STRIPE_WEBHOOK_SECRET: variableText.superRefine(checkSigningSecrets).optional(),
  STRIPE_SECRET_KEY: variableText
    .regex(STRIPE_KEY, {
      error:
        "is not a Stripe API key: copy the whole secret key (sk_test_…, sk_live_…) or restricted " +
        "key (rk_test_…, rk_live_…), without spaces, from Developers › API keys",
    })
    .optional(),
  STRIPE_API_URL: variableText.transform(toOrigin).default("https://api.stripe.com"),
  STRIPE_MODE: variableText
    .pipe(z.enum(["test", "live"], { error: "is neither test nor live: write one of the two" }))
    .optional(),
  STRIPE_ACCOUNT: variableText
    .regex(ACCOUNT, {
      error: "is not the id of a connected account, like acct_1032D82eZvKYlo2C; or remove it",
    })
    .optional(),
  TOLLGATE_BODY_RETENTION_DAYS: variableText
    .regex(RETENTION_DAYS, {
      error: "is not a number of days: use a whole number from 1 to 99999, or remove it",
    })
    .transform(Number)
    .optional(),
  TOLLGATE_LINK_SECRET: variableText
    .regex(LINK_SECRETS, {
      error:
        "is not usable for signing links: use 32 to 512 visible ASCII characters without spaces, " +
        "or several such separated by commas, for example the output of: openssl rand -hex 32",
    })
    .optional(),
  TOLLGATE_ORIGINS: variableText
    .refine((value) => value.split(",").every((each) => isOrigin(each.trim())), {
      error:
        "is not a list of origins: use scheme and host, separated by commas, like https://app.example",
    })
    .optional(),
  TOLLGATE_AUTH_ISSUER: variableText.optional(),
  TOLLGATE_AUTH_JWKS: variableText.optional(),
  TOLLGATE_AUTH_AUDIENCE: variableText.optional(),
  TOLLGATE_AUTH_ALGORITHM: variableText
    .pipe(z.enum(["RS256", "ES256"], { error: "is neither RS256 nor ES256: write one of the two" }))
    .optional(),
  TOLLGATE_AUTH_DOMAIN: variableText.optional(),
  TOLLGATE_AUTH_APPLICATION_ID: variableText.optional(),
  TOLLGATE_ADMIN_KEY: variableText
    .regex(ADMIN_KEY, {
      error:
        "is not usable as a key: use 16 to 512 visible ASCII characters without spaces and colons, " +
        "for example the output of: openssl rand -hex 32; or sha256: and the 64 hexadecimal digits " +
        "of a key's SHA-256",
    })
    .optional(),
};

/** What is wrong between variables that are each well formed; one line per problem. */
export function contradictions(variables: Variables): string[] {
  return [
    ...modeProblems(variables["STRIPE_MODE"], variables["STRIPE_SECRET_KEY"]),
    ...authProblems(variables),
  ];
}

function checkSigningSecrets(value: string, context: z.RefinementCtx): void {
  try {
    parseSigningSecrets(value);
  } catch (error) {
    if (!(error instanceof SigningSecretError)) {
      throw error;
    }
    context.addIssue(error.message);
  }
}

function isOrigin(value: string): boolean {
  const url = URL.parse(value);
  return url !== null && /^https?:$/.test(url.protocol) && url.origin === value;
}

function toOrigin(value: string, context: z.RefinementCtx): string {
  const url = URL.parse(value);
  if (url === null || !/^https?:$/.test(url.protocol) || `${url.origin}/` !== url.href) {
    context.addIssue(
      "is not the address of an API: use scheme, host and perhaps a port, nothing else, like " +
        "https://api.stripe.com",
    );
    return z.NEVER;
  }
  if (url.protocol === "http:" && !LOOPBACK.test(url.hostname)) {
    context.addIssue(
      "would send the API key in plain text: use https (plain http is for this machine only)",
    );
    return z.NEVER;
  }
  return url.origin;
}

function modeProblems(mode: string | undefined, key: string | undefined): string[] {
  if ((mode !== "test" && mode !== "live") || !STRIPE_KEY.test(key ?? "")) {
    return [];
  }
  try {
    readStripeMode(mode, key);
    return [];
  } catch (error) {
    if (!(error instanceof StripeModeError)) {
      throw error;
    }
    return [error.message];
  }
}

/** A provider of which only a part is set would be no provider, and nobody could sign in. */
function authProblems(variables: Variables): string[] {
  const isSet = (name: string) => variables[name] !== undefined;
  return AUTH_PROVIDERS.flatMap((names) => {
    const missing = names.filter((name) => !isSet(name));
    return missing.length > 0 && names.some(isSet)
      ? [`${missing.join(" and ")} must be set too: the provider needs ${names.join(", ")}`]
      : [];
  });
}

const AUTH_PROVIDERS = [
  ["TOLLGATE_AUTH_ISSUER", "TOLLGATE_AUTH_JWKS", "TOLLGATE_AUTH_AUDIENCE"],
  ["TOLLGATE_AUTH_DOMAIN", "TOLLGATE_AUTH_APPLICATION_ID"],
] as const;
