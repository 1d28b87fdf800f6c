import type { Config } from "./config.ts";
import type { StoredSecret } from "./dataDirectory.ts";
import type { Gateway } from "./gateway.ts";

/** What an operator wants to know at the start: where, what is configured, what is not. No secret. */
export function startUpText(config: Config, gateway: Gateway): string {
  const { url, databaseFile, functionsDirectory, keptAdminKey } = gateway;
  const lines: [string, string][] = [
    ["listening", url],
    ...(functionsDirectory === null
      ? paymentLines(config, gateway)
      : [["functions", `${functionsDirectory} (instead of Tollgate's own)`] as [string, string]]),
    ...(functionsDirectory === null ? [["dashboard", `${url}/dashboard`] as [string, string]] : []),
    ["health", `GET ${url}/healthz`],
    ...(functionsDirectory === null
      ? [["metrics", `GET ${url}/metrics, with an admin key`] as [string, string]]
      : []),
    ...(config.tracesEndpoint === null
      ? []
      : [["traces", `to ${config.tracesEndpoint}`] as [string, string]]),
    ["data", databaseFile],
    ["admin key", secretText("TOLLGATE_ADMIN_KEY", keptAdminKey)],
  ];
  const width = Math.max(...lines.map(([name]) => name.length));
  const text = lines.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`).join("\n");
  const warnings = config.warnings.map((warning) => `\nWarning: ${warning}\n`).join("");
  return `Tollgate is ready.\n\n${text}\n${warnings}\nStop it with Ctrl+C.\n`;
}

function paymentLines(config: Config, gateway: Gateway): [string, string][] {
  const { url, signingSecrets, keptSigningSecret } = gateway;
  const fingerprints = signingSecrets?.map(({ fingerprint }) => fingerprint).join(", ");
  return [
    ["webhook endpoint", `POST ${url}/stripe/webhook`],
    ["mode", `${config.stripeMode}: events of the other mode are kept, but change nothing`],
    ["signing secret", secretText("STRIPE_WEBHOOK_SECRET", keptSigningSecret)],
    ["", `fingerprint ${fingerprints}`],
    ["Stripe API", stripeApiText(config, gateway)],
    ...(gateway.sandboxUrl === null ? [] : [["demo page", `${url}/`] as [string, string]]),
  ];
}

function stripeApiText(config: Config, { sandboxUrl }: Gateway): string {
  if (sandboxUrl !== null) {
    return `the sandbox at ${sandboxUrl}, where no money moves (set STRIPE_SECRET_KEY for Stripe's own)`;
  }
  if (config.stripeSecretKey !== null) {
    return config.stripeApiUrl;
  }
  return config.sandbox === null
    ? "not configured (set STRIPE_SECRET_KEY); webhooks work without it"
    : "not configured; no sandbox either, as this data directory was begun without one (TOLLGATE_DATA names another)";
}

function secretText(variable: string, kept: StoredSecret | null): string {
  if (kept === null) {
    return `from ${variable}`;
  }
  return kept.created
    ? `made on this first start, kept in ${kept.file} (${variable} is not set)`
    : `kept in ${kept.file} (${variable} is not set)`;
}
