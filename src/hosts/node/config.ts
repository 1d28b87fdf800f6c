import { isIP } from "node:net";
import { z } from "zod";
import { readStripeMode, type StripeMode, StripeModeError } from "../../stripe/mode.ts";
import { parseSigningSecrets, SigningSecretError } from "../../stripe/signingSecrets.ts";
import { closestName } from "./closestName.ts";
import { SecretText } from "./SecretText.ts";

/** What an operator chose for this process. Safe to print: no secret shows. `null` means not set. */
export interface Config {
  /** Address or name to listen on. */
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
  /** As given: relative to the working directory unless absolute. */
  readonly dataDirectory: string;
  readonly stripeMode: StripeMode;
  /** Origin: scheme, host and port without a slash at the end. */
  readonly stripeApiUrl: string;
  readonly stripeSecretKey: SecretText | null;
  /** One or several, as `parseSigningSecrets` takes them. */
  readonly signingSecrets: SecretText | null;
  readonly adminKey: SecretText | null;
  /** One or several, for signed checkout links. */
  readonly linkSecrets: SecretText | null;
  /** For how many days bodies of events are kept; null: for ever. */
  readonly bodyRetentionDays: number | null;
  /**
   * Where the sandbox listens, 0 = any free port, and whether the operator asked for it; null: there is
   * none.
   */
  readonly sandbox: { readonly port: number; readonly isAsked: boolean } | null;
  /** What does not stop the start, but is probably a mistake; one sentence each. */
  readonly warnings: readonly string[];
}

/**
 * `config_invalid`: the environment cannot be used. The message holds one line per problem: which
 * variable, what is wrong, how to mend it. No line shows the value of a variable that may hold a secret.
 */
export class ConfigError extends Error {
  readonly code = "config_invalid";
  override readonly name = "ConfigError";
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(["the configuration cannot be used:", ...problems].join("\n"));
    this.problems = problems;
  }
}

/**
 * Reads the variables below from `environment` (usually `process.env`); what is absent gets its default.
 * Whatever is set but blank, short or malformed is a problem, never an "off". A name that begins with
 * `TOLLGATE_` and is not one of ours is only warned of: another program may use it.
 *
 * @throws ConfigError with every problem found, not only the first
 */
export function readConfig(environment: Record<string, string | undefined>): Config {
  const parsed = VARIABLES.safeParse(environment);
  const problems = [
    ...(parsed.error?.issues ?? []).map((issue) => `${issue.path.join(".")} ${issue.message}`),
    ...modeProblems(environment["STRIPE_MODE"], environment["STRIPE_SECRET_KEY"]),
    ...sandboxProblems(environment),
    ...authProblems(environment),
  ];
  if (!parsed.success || problems.length > 0) {
    throw new ConfigError(problems);
  }
  const values = parsed.data;
  return {
    host: values.HOST,
    port: values.PORT,
    dataDirectory: values.TOLLGATE_DATA,
    stripeMode: readStripeMode(values.STRIPE_MODE, values.STRIPE_SECRET_KEY),
    stripeApiUrl: values.STRIPE_API_URL,
    stripeSecretKey: hidden(values.STRIPE_SECRET_KEY),
    signingSecrets: hidden(values.STRIPE_WEBHOOK_SECRET),
    adminKey: hidden(values.TOLLGATE_ADMIN_KEY),
    linkSecrets: hidden(values.TOLLGATE_LINK_SECRET),
    bodyRetentionDays: values.TOLLGATE_BODY_RETENTION_DAYS ?? null,
    sandbox: hasSandbox(environment, values.HOST)
      ? { port: values.SANDBOX_PORT, isAsked: values.TOLLGATE_SANDBOX === "on" }
      : null,
    warnings: unknownNames(Object.keys(environment)),
  };
}

const OWN_PREFIX = "TOLLGATE_";
const MAX_PORT = 65_535;
const MAX_SHOWN_CHARACTERS = 80;
const LOCAL_ADDRESS = /^(localhost|127(\.\d{1,3}){3}|::1)$/;
const STRIPE_KEY = /^(?:sk|rk)_(?:test|live)_[A-Za-z0-9_]{16,240}$/;
/** Visible ASCII without the colon, or the key's SHA-256. */
const ADMIN_KEY = /^(?:[!-9;-~]{16,512}|sha256:[0-9a-f]{64})$/;
/** One or several of visible ASCII without the comma. */
const LINK_SECRETS = /^[!-+\--~]{32,512}(?:,[!-+\--~]{32,512})*$/;
const RETENTION_DAYS = /^[1-9]\d{0,4}$/;
const HOST_NAME = /^(?!-)[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$/;
const LOOPBACK = /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** `abort`: a blank value is one problem, not also a malformed one. */
const text = z.string().refine((value) => value.trim() !== "", {
  error: "is set but blank: give it a value or remove it",
  abort: true,
});

const port = text
  .refine((value) => /^\d{1,5}$/.test(value) && Number(value) <= MAX_PORT, {
    error: ({ input }) =>
      `is ${shown(input)}, not a port: use a whole number from 0 (any free port) to ${MAX_PORT}`,
  })
  .transform(Number);

const VARIABLES = z.object({
  HOST: text
    .refine((value) => isIP(value) !== 0 || HOST_NAME.test(value), {
      error: ({ input }) =>
        `is ${shown(input)}, not an address: use an IP address or host name, without scheme, ` +
        "brackets or port, like 127.0.0.1",
    })
    .default("127.0.0.1"),
  PORT: port.default(8_787),
  TOLLGATE_DATA: text
    .refine((value) => !value.includes("\0"), {
      error: "is not a path: name a directory, like .tollgate",
    })
    .default(".tollgate"),
  STRIPE_WEBHOOK_SECRET: text.superRefine(checkSigningSecrets).optional(),
  STRIPE_SECRET_KEY: text
    .regex(STRIPE_KEY, {
      error:
        "is not a Stripe API key: copy the whole secret key (sk_test_…, sk_live_…) or restricted " +
        "key (rk_test_…, rk_live_…), without spaces, from Developers › API keys",
    })
    .optional(),
  STRIPE_API_URL: text.transform(toOrigin).default("https://api.stripe.com"),
  STRIPE_MODE: text
    .pipe(z.enum(["test", "live"], { error: "is neither test nor live: write one of the two" }))
    .optional(),
  TOLLGATE_BODY_RETENTION_DAYS: text
    .regex(RETENTION_DAYS, {
      error: "is not a number of days: use a whole number from 1 to 99999, or remove it",
    })
    .transform(Number)
    .optional(),
  TOLLGATE_LINK_SECRET: text
    .regex(LINK_SECRETS, {
      error:
        "is not usable for signing links: use 32 to 512 visible ASCII characters without spaces, " +
        "or several such separated by commas, for example the output of: openssl rand -hex 32",
    })
    .optional(),
  TOLLGATE_ORIGINS: text
    .refine((value) => value.split(",").every((each) => isOrigin(each.trim())), {
      error:
        "is not a list of origins: use scheme and host, separated by commas, like https://app.example",
    })
    .optional(),
  TOLLGATE_AUTH_ISSUER: text.optional(),
  TOLLGATE_AUTH_JWKS: text.optional(),
  TOLLGATE_AUTH_AUDIENCE: text.optional(),
  TOLLGATE_AUTH_ALGORITHM: text
    .pipe(z.enum(["RS256", "ES256"], { error: "is neither RS256 nor ES256: write one of the two" }))
    .optional(),
  TOLLGATE_AUTH_DOMAIN: text.optional(),
  TOLLGATE_AUTH_APPLICATION_ID: text.optional(),
  TOLLGATE_ADMIN_KEY: text
    .regex(ADMIN_KEY, {
      error:
        "is not usable as a key: use 16 to 512 visible ASCII characters without spaces and colons, " +
        "for example the output of: openssl rand -hex 32; or sha256: and the 64 hexadecimal digits " +
        "of a key's SHA-256",
    })
    .optional(),
  TOLLGATE_SANDBOX: text
    .pipe(z.enum(["on", "off"], { error: "is neither on nor off: write one of the two" }))
    .optional(),
  SANDBOX_PORT: port.default(12_111),
});

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

type Environment = Record<string, string | undefined>;

/** What speaks of a real Stripe: beside it, made-up payments must not count. */
const REAL_STRIPE = ["STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET", "STRIPE_API_URL"] as const;

/**
 * Without being asked only where nothing speaks of a real Stripe and nobody else can reach the gateway:
 * whoever reaches the demo page can have any plan for nothing.
 */
function hasSandbox(environment: Environment, host: string): boolean {
  if (environment["TOLLGATE_SANDBOX"] !== undefined) {
    return environment["TOLLGATE_SANDBOX"] === "on";
  }
  return (
    REAL_STRIPE.every((name) => environment[name] === undefined) &&
    environment["STRIPE_MODE"] !== "live" &&
    LOCAL_ADDRESS.test(host)
  );
}

function sandboxProblems(environment: Environment): string[] {
  const isReal =
    environment["STRIPE_SECRET_KEY"] !== undefined ||
    environment["STRIPE_API_URL"] !== undefined ||
    environment["STRIPE_MODE"] === "live";
  return environment["TOLLGATE_SANDBOX"] === "on" && isReal
    ? [
        "TOLLGATE_SANDBOX is on, which does not go with STRIPE_SECRET_KEY, STRIPE_API_URL or live mode: " +
          "remove it, or remove them",
      ]
    : [];
}

/** A provider of which only a part is set would be no provider, and nobody could sign in. */
function authProblems(environment: Environment): string[] {
  const isSet = (name: string) => environment[name] !== undefined;
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

/** Variables that only the command line reads. */
const OF_THE_CLI = ["TOLLGATE_URL"];

function unknownNames(names: string[]): string[] {
  const known = Object.keys(VARIABLES.shape);
  return names
    .filter((name) => name.startsWith(OWN_PREFIX) && ![...known, ...OF_THE_CLI].includes(name))
    .map((name) => {
      const closest = closestName(name, known);
      return `${shown(name)} is not a variable of Tollgate: did you mean ${closest}? If not, remove it`;
    });
}

function hidden(secret: string | undefined): SecretText | null {
  return secret === undefined ? null : new SecretText(secret);
}

function shown(value: unknown): string {
  return JSON.stringify(String(value).slice(0, MAX_SHOWN_CHARACTERS));
}
