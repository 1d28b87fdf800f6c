import { isIP } from "node:net";
import * as z from "zod";
import { readStripeMode, type StripeMode } from "../../stripe/mode.ts";
import {
  contradictions,
  FUNCTION_VARIABLES,
  type Variables,
  variableText,
} from "../functionVariables.ts";
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
  /** How the process tells what happens: lines for people, or JSON with each delivery. */
  readonly log: "text" | "json";
  /** Where traces are sent by OTLP over HTTP, without a slash at the end; null: nowhere. */
  readonly tracesEndpoint: string | null;
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
export function readConfig(environment: Variables): Config {
  const parsed = VARIABLES.safeParse(environment);
  const problems = [
    ...(parsed.error?.issues ?? []).map((issue) => `${issue.path.join(".")} ${issue.message}`),
    ...contradictions(environment),
    ...sandboxProblems(environment),
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
    log: values.TOLLGATE_LOG,
    tracesEndpoint: values.OTEL_EXPORTER_OTLP_ENDPOINT ?? null,
    warnings: unknownNames(Object.keys(environment)),
  };
}

const OWN_PREFIX = "TOLLGATE_";
const MAX_PORT = 65_535;
const MAX_SHOWN_CHARACTERS = 80;
const LOCAL_ADDRESS = /^(localhost|127(\.\d{1,3}){3}|::1)$/;
const HOST_NAME = /^(?!-)[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$/;

const port = variableText
  .refine((value) => /^\d{1,5}$/.test(value) && Number(value) <= MAX_PORT, {
    error: ({ input }) =>
      `is ${shown(input)}, not a port: use a whole number from 0 (any free port) to ${MAX_PORT}`,
  })
  .transform(Number);

const VARIABLES = z.object({
  HOST: variableText
    .refine((value) => isIP(value) !== 0 || HOST_NAME.test(value), {
      error: ({ input }) =>
        `is ${shown(input)}, not an address: use an IP address or host name, without scheme, ` +
        "brackets or port, like 127.0.0.1",
    })
    .default("127.0.0.1"),
  PORT: port.default(8_787),
  TOLLGATE_DATA: variableText
    .refine((value) => !value.includes("\0"), {
      error: "is not a path: name a directory, like .tollgate",
    })
    .default(".tollgate"),
  ...FUNCTION_VARIABLES,
  TOLLGATE_SANDBOX: variableText
    .pipe(z.enum(["on", "off"], { error: "is neither on nor off: write one of the two" }))
    .optional(),
  SANDBOX_PORT: port.default(12_111),
  TOLLGATE_LOG: variableText
    .pipe(z.enum(["text", "json"], { error: "is neither text nor json: write one of the two" }))
    .default("text"),
  OTEL_EXPORTER_OTLP_ENDPOINT: variableText
    .refine((value) => /^https?:$/.test(URL.parse(value)?.protocol ?? ""), {
      error: "is not an address: use one like http://127.0.0.1:4318, or remove it",
    })
    .transform((value) => value.replace(/\/+$/, ""))
    .optional(),
});

/** What speaks of a real Stripe: beside it, made-up payments must not count. */
const REAL_STRIPE = ["STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET", "STRIPE_API_URL"] as const;

/**
 * Without being asked only where nothing speaks of a real Stripe and nobody else can reach the gateway:
 * whoever reaches the demo page can have any plan for nothing.
 */
function hasSandbox(environment: Variables, host: string): boolean {
  if (environment["TOLLGATE_SANDBOX"] !== undefined) {
    return environment["TOLLGATE_SANDBOX"] === "on";
  }
  return (
    REAL_STRIPE.every((name) => environment[name] === undefined) &&
    environment["STRIPE_MODE"] !== "live" &&
    LOCAL_ADDRESS.test(host)
  );
}

function sandboxProblems(environment: Variables): string[] {
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
